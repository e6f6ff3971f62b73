"""The bytes of a whole tensor, put together by torch from mapped files: one tensor in memory at a time, and that only where its parts don't simply follow each other."""

from collections.abc import Iterator
from math import prod

import torch
from merged_tensor import MergedTensor, Piece
from saved_tensor import StridedTensor

CHUNK_BYTES = 16 << 20


def bytes_of(tensor: MergedTensor, dtype: str) -> Iterator[memoryview]:
    wanted = getattr(torch, dtype)
    for piece in tensor.pieces:
        piece.source.file.check(piece.source.key)
    try:
        if prod(tensor.shape) == 0:
            return
        if _follow_each_other(tensor):
            for piece in tensor.pieces:
                yield from _chunks(_view(piece.source), wanted)
        else:
            yield from _chunks(_assemble(tensor), wanted)
    finally:
        for piece in tensor.pieces:
            piece.source.file.forget(piece.source.file.storage(piece.source.key))


def _follow_each_other(tensor: MergedTensor) -> bool:
    """Split along the first axis only, as FSDP does by itself."""
    return all(piece.source.shape[1:] == tensor.shape[1:] for piece in tensor.pieces)


def _assemble(tensor: MergedTensor) -> torch.Tensor:
    whole = torch.empty(tensor.shape, dtype=getattr(torch, tensor.dtype))
    for piece in tensor.pieces:
        _place(whole, piece).copy_(_view(piece.source))
    return whole


def _place(whole: torch.Tensor, piece: Piece) -> torch.Tensor:
    for axis, (start, size) in enumerate(zip(piece.offsets, piece.source.shape)):
        whole = whole.narrow(axis, start, size)
    return whole


def _view(source: StridedTensor) -> torch.Tensor:
    stored = source.file.storage(source.key)
    dtype = getattr(torch, source.dtype)
    storage = torch.frombuffer(source.file.mapped(), dtype=dtype, offset=stored.offset, count=stored.size // dtype.itemsize)
    return storage.as_strided(source.shape, source.stride, source.offset)


def _chunks(tensor: torch.Tensor, dtype: torch.dtype) -> Iterator[memoryview]:
    flat = tensor.contiguous().reshape(-1)
    step = max(1, CHUNK_BYTES // max(flat.element_size(), dtype.itemsize))
    for start in range(0, flat.numel(), step):
        part = flat[start : start + step].to(dtype)
        yield memoryview(part.view(torch.uint8).numpy())
