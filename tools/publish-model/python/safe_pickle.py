"""Reads a pickle without running anything that it asks for: every class and function in it becomes a `Record` of its name and its arguments."""

import collections
import io
import pickle
from typing import Any

from checkpoint_error import CheckpointError

RUNNABLE = {("collections", "OrderedDict"): collections.OrderedDict}
"""What is really called: plain containers only."""

GETATTR = {("__builtin__", "getattr"), ("builtins", "getattr")}
"""How a pickle names a class inside a class."""


class Record:
    """Stands for an object of a class, or for the result of a function, that was never made."""

    name = ""

    def __new__(cls, *arguments: Any) -> "Record":
        record = super().__new__(cls)
        record.arguments = arguments
        record.state = None
        return record

    def __init__(self, *_arguments: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def attributes(self) -> dict[str, Any]:
        """What the object's `__dict__` or slots would hold."""
        return attributes_in(self.state)


def attributes_in(state: Any) -> dict[str, Any]:
    """A state is a dictionary, or a pair of two where the class has slots."""
    parts = state if isinstance(state, tuple) else (state,)
    return {key: value for part in parts if isinstance(part, dict) for key, value in part.items()}


def is_record(value: Any, *names: str) -> bool:
    return isinstance(value, Record) and value.name in names


class SafeUnpickler(pickle.Unpickler):
    def __init__(self, data: bytes, file_name: str):
        super().__init__(io.BytesIO(data))
        self._file_name = file_name
        self._classes: dict[str, type[Record]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in RUNNABLE:
            return RUNNABLE[module, name]
        if (module, name) in GETATTR:
            return self._nested_class
        if module.split(".")[0] != "torch":
            raise CheckpointError(
                f"{self._file_name} wants to run {module}.{name} when it is read, which weights have no need for. It was not run. "
                "Find out where this file comes from."
            )
        return self._recorded_class(f"{module}.{name}")

    def persistent_load(self, identity: Any) -> Any:
        return identity

    def _nested_class(self, owner: type[Record], name: str) -> type[Record]:
        return self._recorded_class(f"{owner.name}.{name}")

    def _recorded_class(self, name: str) -> type[Record]:
        if name not in self._classes:
            self._classes[name] = type("RecordOf", (Record,), {"name": name})
        return self._classes[name]


def load(data: bytes, file_name: str) -> Any:
    try:
        return SafeUnpickler(data, file_name).load()
    except CheckpointError:
        raise
    except Exception as error:
        raise CheckpointError(f"{file_name} can't be read as a checkpoint ({type(error).__name__}: {error}): copy it again.") from error
