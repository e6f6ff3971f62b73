"""Which parts of which files make up one whole tensor."""

from dataclasses import dataclass
from math import prod

from checkpoint_error import CheckpointError
from rank_file import RankFile
from saved_tensor import REPLICATE, DistributedTensor, SavedTensor, Shape, ShardedTensor, StridedTensor


@dataclass(frozen=True)
class Piece:
    source: StridedTensor
    offsets: Shape

    @property
    def box(self) -> tuple[Shape, Shape]:
        return self.offsets, self.source.shape


@dataclass(frozen=True)
class MergedTensor:
    name: str
    dtype: str
    shape: Shape
    pieces: tuple[Piece, ...]
    """Each element of the tensor is in exactly one."""


def merge(name: str, saved: list[tuple[RankFile, int, SavedTensor]]) -> MergedTensor:
    """From what every rank has of it: file, rank, tensor."""
    first_file, _, first = saved[0]
    for file, _, tensor in saved:
        same = type(tensor) is type(first) and tensor.shape == first.shape and _dtype(tensor) == _dtype(first)
        if not same or (isinstance(tensor, DistributedTensor) and (tensor.mesh.shape, tensor.placements) != (first.mesh.shape, first.placements)):
            raise CheckpointError(
                f"{first_file.name} and {file.name} are not of the same checkpoint: {name} is {_describe(first)} in one and {_describe(tensor)} in the other."
            )
    pieces: dict[Shape, Piece] = {}
    for file, rank, tensor in saved:
        for piece in _pieces(name, file, rank, tensor):
            if prod(piece.source.shape) == 0 and prod(first.shape) > 0:
                continue
            other = pieces.setdefault(piece.offsets, piece)
            if other is not piece:
                _check_replica(name, other, piece)
    merged = MergedTensor(name, _dtype(first), first.shape, tuple(pieces[key] for key in sorted(pieces)))
    _check_cover(merged, [file.name for file, _, _ in saved])
    return merged


def _pieces(name: str, file: RankFile, rank: int, tensor: SavedTensor) -> list[Piece]:
    if isinstance(tensor, StridedTensor):
        return [Piece(tensor, (0,) * len(tensor.shape))]
    if tensor.own_rank is not None and tensor.own_rank != rank:
        raise CheckpointError(f"{file.name} holds what rank {tensor.own_rank} wrote: the files of the ranks are mixed up. Copy them again under their own names.")
    if isinstance(tensor, ShardedTensor):
        return [Piece(shard.tensor, shard.offsets) for shard in tensor.shards]
    coordinate = tensor.mesh.coordinate(rank)
    if coordinate is None:
        raise CheckpointError(f"{file.name} was written for the ranks {_list(tensor.mesh.ranks)}, rank {rank} is not among them: the files of the ranks are mixed up.")
    offsets, sizes = [0] * len(tensor.shape), list(tensor.shape)
    for placement, index, count in zip(tensor.placements, coordinate, tensor.mesh.shape):
        if placement == REPLICATE:
            continue
        if placement >= len(sizes):
            raise CheckpointError(f"{name} in {file.name} is split along an axis that it does not have: copy it again.")
        # As torch.chunk does it: equal parts rounded up, the last ones smaller or empty.
        part = -(-sizes[placement] // count)
        start = min(index * part, sizes[placement])
        offsets[placement] += start
        sizes[placement] = min(part, sizes[placement] - start)
    if tensor.local.shape != tuple(sizes):
        raise CheckpointError(
            f"{file.name} holds a part of {name} of shape {list(tensor.local.shape)}, but rank {rank} has {sizes}: the files of the ranks are mixed up. "
            "Copy them again under their own names."
        )
    return [Piece(tensor.local, tuple(offsets))]


def _check_replica(name: str, one: Piece, other: Piece) -> None:
    """Copies of the same part are equal, as far as the checksums tell."""
    checksums = [(piece.source.shape, piece.source.file.storage(piece.source.key)) for piece in (one, other)]
    (one_shape, one_stored), (other_shape, other_stored) = checksums
    has_own_storage = all(stored.crc32 != 0 for _, stored in checksums) and one_stored.size == other_stored.size
    if one_shape != other_shape or (has_own_storage and one_stored.crc32 != other_stored.crc32):
        raise CheckpointError(
            f"{one.source.file.name} and {other.source.file.name} should hold the same part of {name} and don't: "
            "they are of different checkpoints, or of ranks that are mixed up."
        )


def _check_cover(tensor: MergedTensor, files: list[str]) -> None:
    boxes = [piece.box for piece in tensor.pieces]
    inside = all(
        len(offsets) == len(tensor.shape) and all(start + size <= whole for start, size, whole in zip(offsets, sizes, tensor.shape))
        for offsets, sizes in boxes
    )
    covered = sum(prod(sizes) for _, sizes in boxes)
    # Sorted by offset along the axis that is split, neighbours touch: no two overlap.
    overlaps = any(_overlap(left, right) for left, right in zip(boxes, boxes[1:]))
    if not inside or overlaps or covered != prod(tensor.shape):
        raise CheckpointError(
            f"The parts of {tensor.name} in {files[0]} … {files[-1]} make {covered:,} of its {prod(tensor.shape):,} elements: "
            "a rank is missing, or the files are not of one checkpoint."
        )


def _overlap(left: tuple[Shape, Shape], right: tuple[Shape, Shape]) -> bool:
    return all(a < b + size_b and b < a + size_a for a, size_a, b, size_b in zip(left[0], left[1], right[0], right[1]))


def _dtype(tensor: SavedTensor) -> str:
    return tensor.local.dtype if isinstance(tensor, DistributedTensor) else tensor.dtype


def _describe(tensor: SavedTensor) -> str:
    kind = {StridedTensor: "whole", DistributedTensor: "a DTensor", ShardedTensor: "a ShardedTensor"}[type(tensor)]
    mesh = f" on a mesh of {list(tensor.mesh.shape)}" if isinstance(tensor, DistributedTensor) else ""
    return f"{kind}, {_dtype(tensor)}{list(tensor.shape)}{mesh}"


def _list(ranks: Shape) -> str:
    return ", ".join(map(str, ranks[:8])) + (", …" if len(ranks) > 8 else "")
