"""The files of all ranks of one checkpoint, and the whole tensors that they hold."""

from pathlib import Path
from typing import Any

import saved_tensor
from checkpoint_error import CheckpointError
from merged_tensor import MergedTensor, merge
from rank_file import RankFile
from saved_tensor import DistributedTensor, SavedTensor, ShardedTensor


class Checkpoint:
    def __init__(self, paths: list[Path]):
        """`paths` in the order of the ranks."""
        self._files = [RankFile(path) for path in paths]
        self._saved = [self._read(file) for file in self._files]
        self._check_world()
        self.tensors = {name: self._merge(name) for name in self._saved[0]}

    def describe(self) -> dict[str, Any]:
        first = next(iter(self._saved[0].values()))
        mesh = first.mesh if isinstance(first, DistributedTensor) else None
        return {
            "kind": {DistributedTensor: "DTensor", ShardedTensor: "ShardedTensor"}.get(type(first), "Tensor"),
            "mesh": None if mesh is None else {"shape": mesh.shape, "names": mesh.names},
            "tensors": [
                {"name": tensor.name, "dtype": tensor.dtype, "shape": tensor.shape} for tensor in self.tensors.values()
            ],
        }

    def _read(self, file: RankFile) -> dict[str, SavedTensor]:
        saved = {}
        for name, value in file.state.items():
            if not isinstance(name, str):
                raise CheckpointError(f"{file.name} holds something under the name {name!r:.40}: it is not a model checkpoint of verl.")
            tensor = saved_tensor.read(value, file, name)
            if tensor is None:
                raise CheckpointError(f"{name} in {file.name} is no tensor: is this the model's checkpoint, and not the optimizer's?")
            saved[name] = tensor
        # What the pickle said is read: it is not needed twice.
        file.state = {}
        return saved

    def _check_world(self) -> None:
        count = len(self._files)
        for file, saved in zip(self._files, self._saved):
            for tensor in saved.values():
                world = len(tensor.mesh.ranks) if isinstance(tensor, DistributedTensor) else getattr(tensor, "world_size", None)
                # A mesh may be one row of the ranks; it never is more than all of them.
                if world is not None and (world > count or count % world != 0):
                    raise CheckpointError(f"{file.name} is one of {world} ranks, but there are files of {count}: copy the files of all ranks.")
                break

    def _merge(self, name: str) -> MergedTensor:
        parts = []
        for rank, (file, saved) in enumerate(zip(self._files, self._saved)):
            if name not in saved:
                raise CheckpointError(f"{file.name} lacks {name}, which {self._files[0].name} has: they are not of the same checkpoint.")
            parts.append((file, rank, saved[name]))
        for file, saved in zip(self._files[1:], self._saved[1:]):
            if len(saved) != len(self._saved[0]):
                raise CheckpointError(f"{file.name} holds {len(saved)} tensors and {self._files[0].name} {len(self._saved[0])}: they are not of the same checkpoint.")
        return merge(name, parts)
