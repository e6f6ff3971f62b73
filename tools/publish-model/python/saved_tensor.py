"""What a rank's file says about its part of a tensor, read from the records of its pickle."""

import struct
from dataclasses import dataclass
from math import prod
from typing import Any

import dtypes
from checkpoint_error import CheckpointError
from rank_file import RankFile
from safe_pickle import Record, attributes_in, is_record

Shape = tuple[int, ...]

DTENSOR = ("torch.distributed.tensor.DTensor", "torch.distributed._tensor.api.DTensor", "torch.distributed._tensor.DTensor")
SHARDED_TENSOR = ("torch.distributed._shard.sharded_tensor.api.ShardedTensor",)
PLACEMENTS = ("torch.distributed.tensor.placement_types.", "torch.distributed._tensor.placement_types.")
PARAMETER = ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state")
REPLICATE = "replicate"
LARGEST_WORLD = 65_536


@dataclass(frozen=True)
class StridedTensor:
    """Elements in a storage of a file."""

    file: RankFile
    key: str
    dtype: str
    offset: int
    shape: Shape
    stride: Shape

    def __post_init__(self) -> None:
        fits = len(self.shape) == len(self.stride) and all(_is_count(value) for value in (*self.shape, *self.stride, self.offset))
        if fits and prod(self.shape) > 0:
            last = self.offset + sum((size - 1) * step for size, step in zip(self.shape, self.stride))
            fits = (last + 1) * dtypes.ITEM_BYTES[self.dtype] <= self.file.storage(self.key).size
        if not fits:
            raise CheckpointError(f"{self.file.name} describes a tensor that does not fit its own storage: copy it again.")


@dataclass(frozen=True)
class Mesh:
    """Ranks in a grid; `ranks` row by row."""

    shape: Shape
    ranks: Shape
    names: tuple[str, ...] | None

    def coordinate(self, rank: int) -> Shape | None:
        if rank not in self.ranks:
            return None
        index, coordinate = self.ranks.index(rank), []
        for size in reversed(self.shape):
            coordinate.insert(0, index % size)
            index //= size
        return tuple(coordinate)


@dataclass(frozen=True)
class DistributedTensor:
    local: StridedTensor
    shape: Shape
    mesh: Mesh
    placements: tuple[int | str, ...]
    """Per axis of the mesh: the tensor's axis that is split over it, or REPLICATE."""
    own_rank: int | None
    """The rank that wrote it, where it says so."""


@dataclass(frozen=True)
class Shard:
    tensor: StridedTensor
    offsets: Shape


@dataclass(frozen=True)
class ShardedTensor:
    dtype: str
    shape: Shape
    shards: tuple[Shard, ...]
    own_rank: int | None
    world_size: int | None


SavedTensor = StridedTensor | DistributedTensor | ShardedTensor


def read(value: Any, file: RankFile, name: str) -> SavedTensor | None:
    """None for what is no tensor (state that isn't weights)."""
    try:
        if is_record(value, *PARAMETER):
            value = value.arguments[0]
        if is_record(value, "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3"):
            return _strided(value, file)
        if is_record(value, "torch._tensor._rebuild_from_type_v2"):
            kind, state = value.arguments[1], value.arguments[3]
            if _name(kind) in DTENSOR:
                return _distributed(value, state, file, name)
            if _name(kind) in SHARDED_TENSOR:
                return _sharded(value, state, file)
            raise CheckpointError(f"{name} in {file.name} is a {_name(kind)}, a kind of tensor that is not supported.")
        return None
    except CheckpointError:
        raise
    except Exception as error:
        raise CheckpointError(f"{name} in {file.name} is described in a way that no known torch has ({type(error).__name__}: {error}).") from error


def _strided(record: Record, file: RankFile) -> StridedTensor:
    (_, storage, key, _, _), offset, shape, stride = record.arguments[:4]
    # The third form says the type itself: its storage is untyped.
    dtype = _dtype(record.arguments[6]) if record.name.endswith("_v3") else dtypes.OF_STORAGE[_name(storage).split(".")[-1]]
    return StridedTensor(file, str(key), dtype, offset, _shape(shape), _shape(stride))


def _distributed(record: Record, state: Any, file: RankFile, name: str) -> DistributedTensor:
    facts = attributes_in(state)
    spec = facts["_spec"].attributes()
    mesh_state = spec["mesh"].attributes()
    local = _strided(facts["_local_tensor"], file)
    # DTensor, dtype, shape, strides, …: the arguments of the wrapper.
    shape = _shape(record.arguments[2][2])
    placements = tuple(_placement(placement, name, file) for placement in spec["placements"])
    mesh = _mesh(mesh_state, file)
    if len(placements) != len(mesh.shape):
        raise CheckpointError(f"{name} in {file.name} has {len(placements)} placements on a mesh of {len(mesh.shape)} axes: copy it again.")
    own_rank = mesh_state.get("_rank")
    return DistributedTensor(local, shape, mesh, placements, own_rank if _is_count(own_rank) else None)


def _sharded(record: Record, state: tuple, file: RankFile) -> ShardedTensor:
    shards, _metadata, process_group = state[:3]
    parts = []
    for shard in shards:
        facts = shard.attributes()
        placed = facts["metadata"].attributes()
        tensor = _strided(facts["tensor"], file)
        if _shape(placed["shard_sizes"]) != tensor.shape:
            raise CheckpointError(f"{file.name} holds a shard of another size than it says: copy it again.")
        parts.append(Shard(tensor, _shape(placed["shard_offsets"])))
    arguments = record.arguments[2]
    group = process_group.attributes() if isinstance(process_group, Record) else {}
    own = group.get("global_rank")
    if own is None and parts:
        own = shards[0].attributes()["metadata"].attributes()["placement"].attributes().get("_rank")
    world = group.get("global_world_size")
    return ShardedTensor(_dtype(arguments[1]), _shape(arguments[2]), tuple(parts), own, world)


def _placement(placement: Record, name: str, file: RankFile) -> int | str:
    kind = placement.name.split(".")[-1]
    if placement.name.startswith(PLACEMENTS) and kind == "Replicate":
        return REPLICATE
    if placement.name.startswith(PLACEMENTS) and kind == "Shard":
        dim = placement.attributes().get("dim", *placement.arguments[:1])
        if _is_count(dim):
            return dim
    raise CheckpointError(
        f"{name} in {file.name} is placed as {kind}, which is not supported: FSDP with Shard and Replicate is. "
        "Save the checkpoint without tensor parallelism."
    )


def _mesh(state: dict, file: RankFile) -> Mesh:
    """torch up to 2.8 keeps a tensor of ranks; later ones a list of ranks and a layout over it."""
    names = state.get("mesh_dim_names") or state.get("_mesh_dim_names")
    if is_record(state.get("mesh"), "torch._utils._rebuild_tensor_v2"):
        tensor = _strided(state["mesh"], file)
        axes, ranks = list(zip(tensor.shape, tensor.stride)), _integers(tensor)
    else:
        axes = _axes(state["_layout"].attributes())
        ranks = state.get("_flatten_rank_map") or _integers(_strided(state["_rank_map"], file))
    shape = tuple(prod(_flat(sizes)) for sizes, _ in axes)
    if not 0 < prod(shape) <= LARGEST_WORLD:
        raise CheckpointError(f"{file.name} has a mesh of shape {list(shape)}, which can't be: copy it again.")
    cells = [0]
    for sizes, steps in axes:
        for size, step in zip(_flat(sizes), _flat(steps)):
            cells = [cell + index * step for cell in cells for index in range(size)]
    return Mesh(_shape(shape), tuple(int(ranks[cell]) for cell in cells), tuple(map(str, names)) if names else None)


def _axes(layout: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Sizes and steps of every axis of a mesh; an axis that was made by flattening has several."""
    if "axes" in layout:
        return [(facts["shape"], facts["stride"]) for facts in (axis.attributes() for axis in layout["axes"])]
    shape, stride = layout["shape"], layout["stride"]
    return [(shape, stride)] if isinstance(shape, int) else list(zip(shape, stride))


def _integers(tensor: StridedTensor) -> Shape:
    """All integers of a small storage."""
    stored = tensor.file.storage(tensor.key)
    code = {"int64": "q", "int32": "i"}[tensor.dtype]
    tensor.file.check(tensor.key)
    return struct.unpack(f"<{stored.size // struct.calcsize(code)}{code}", tensor.file.view(stored))


def _flat(value: Any) -> Shape:
    if isinstance(value, int):
        return (value,)
    return tuple(inner for part in value for inner in _flat(part))


def _shape(value: Any) -> Shape:
    if is_record(value, "torch.Size"):
        value = value.arguments[0]
    sizes = tuple(value)
    if not all(_is_count(size) for size in sizes):
        raise ValueError(f"{sizes} is no shape")
    return sizes


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _dtype(value: Any) -> str:
    name = _name(value).split(".")[-1]
    if name not in dtypes.ITEM_BYTES:
        raise ValueError(f"type {name} is not supported")
    return name


def _name(kind: Any) -> str:
    """Name of a class that was recorded, not of an instance."""
    return kind.name if isinstance(kind, type) and issubclass(kind, Record) else type(kind).__name__
