"""Torch's tensors as Warp's arrays, in the same memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import warp as wp

from warp_fabric.initial import STATE
from warp_fabric.state import KINDS, State
from warp_fabric.types import vec2, vec3


@wp.kernel(enable_backward=False)
def _add_vec3(x: wp.array(dtype=vec3), out: wp.array(dtype=vec3)):  # pyright: ignore[reportInvalidTypeForm]
    i = wp.tid()
    out[i] = out[i] + x[i]


@wp.kernel(enable_backward=False)
def _add_vec2(x: wp.array(dtype=vec2), out: wp.array(dtype=vec2)):  # pyright: ignore[reportInvalidTypeForm]
    i = wp.tid()
    out[i] = out[i] + x[i]


def shared(tensor: torch.Tensor, kind: Any) -> wp.array:
    """A Warp array of vectors in a tensor's memory, with the tensor's dimensions before the last flattened to one."""
    return wp.from_torch(tensor.detach().view(-1, tensor.shape[-1]), dtype=kind, requires_grad=False)


def shared_state(tensors: Sequence[torch.Tensor]) -> State:
    """A state in the memory of its five tensors, in the order of `STATE`."""
    return State(*(shared(tensor, KINDS[name]) for name, tensor in zip(STATE, tensors)))


def add(kind: Any, x: torch.Tensor, out: wp.array) -> None:
    """Add a tensor to a Warp array, on Warp's stream."""
    kernel = _add_vec3 if kind is vec3 else _add_vec2
    wp.launch(kernel, out.size, inputs=[shared(x, kind)], outputs=[out], device=out.device)
