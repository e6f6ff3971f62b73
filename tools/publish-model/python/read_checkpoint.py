"""Reads the shards of a checkpoint for tools/publish-model, without a process group and without running code from them.

    python read_checkpoint.py RANK_FILE ...

The first line on stdout describes the checkpoint, as JSON. Then every line on stdin, `{"name": …, "dtype": …}`, is answered with the bytes of
that tensor, as many as its shape and type make. What is wrong is said as `{"error": …}` on the last line of stderr, with status 3.
"""

import json
import sys
from pathlib import Path

from checkpoint import Checkpoint
from checkpoint_error import CheckpointError

REFUSED = 3


def serve(paths: list[Path]) -> None:
    checkpoint = Checkpoint(paths)
    out = sys.stdout.buffer
    out.write(json.dumps(checkpoint.describe()).encode() + b"\n")
    out.flush()
    for line in sys.stdin:
        # torch is only loaded where bytes are wanted: what is wrong with the files is known long before.
        from tensor_bytes import bytes_of

        request = json.loads(line)
        for chunk in bytes_of(checkpoint.tensors[request["name"]], request["dtype"]):
            out.write(chunk)
        out.flush()


def main() -> int:
    try:
        serve([Path(path) for path in sys.argv[1:]])
    except CheckpointError as error:
        print(json.dumps({"error": str(error)}), file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
