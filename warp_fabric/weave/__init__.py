"""Weaves: drafts, a library of patterns, weave files, analysis and drawing."""

from warp_fabric.weave.analysis import Analysis, analyse
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.files import WeaveFileWarning, read_draft, write_draft
from warp_fabric.weave.patterns import pattern, pattern_names

__all__ = ["Analysis", "Draft", "WeaveFileWarning", "analyse", "pattern", "pattern_names", "read_draft", "write_draft"]
