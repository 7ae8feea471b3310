"""Crimped yarns: the law of half a segment, the interchange of rises at crossings, and what crossings press with."""
