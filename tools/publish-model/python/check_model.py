"""Asks transformers about a model directory, offline and without running code from it.

    python check_model.py architecture DIR    which weights the configuration asks for: names, shapes, which are tied
    python check_model.py forward DIR         loads it and runs it on a few tokens

One line of JSON on stdout; what is wrong is said as `{"error": …}` on the last line of stderr, with status 3.
"""

import json
import os
import sys
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import torch
import transformers
from checkpoint_error import CheckpointError

REFUSED = 3
PROMPT = "What is 2 + 2?"
LONGEST_PROMPT_TOKENS = 16


def model_class(config: Any) -> Any:
    names = config.architectures or []
    found = getattr(transformers, names[0], None) if len(names) == 1 else None
    if found is None:
        raise CheckpointError(
            f"transformers {transformers.__version__} does not know the architecture {', '.join(names) or '(none)'} that config.json names: correct config.json, "
            "or leave this check out with --no-check-architecture."
        )
    return found


def read_config(folder: str) -> Any:
    try:
        return transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:
        raise CheckpointError(
            f"transformers {transformers.__version__} can't read config.json ({_first_line(error)}): correct it, or leave this check out with --no-check-architecture."
        ) from error


def architecture(folder: str) -> dict[str, Any]:
    config = read_config(folder)
    with torch.device("meta"):
        model = model_class(config)(config)
    state = model.state_dict()
    tied = getattr(model, "all_tied_weights_keys", None) or getattr(model, "_tied_weights_keys", None) or {}
    is_tied = getattr(config.get_text_config(), "tie_word_embeddings", False)
    return {
        "class": type(model).__name__,
        "tensors": {name: list(tensor.shape) for name, tensor in state.items()},
        "tied": dict(tied) if is_tied and isinstance(tied, dict) else {},
    }


def forward(folder: str) -> dict[str, Any]:
    config = read_config(folder)
    torch.set_grad_enabled(False)
    model, loading = model_class(config).from_pretrained(folder, dtype="auto", trust_remote_code=False, output_loading_info=True)
    wrong = [*loading.get("missing_keys", []), *loading.get("unexpected_keys", []), *loading.get("mismatched_keys", [])]
    if wrong:
        raise CheckpointError(f"The merged model does not load: {', '.join(map(str, wrong[:3]))}.")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids[:, :LONGEST_PROMPT_TOKENS]
    scores = model.eval()(input_ids=ids).logits
    if not bool(torch.isfinite(scores).all()):
        raise CheckpointError("The merged model computes numbers that are not finite: the checkpoint is damaged, or training has diverged.")
    return {}


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]


def main() -> int:
    try:
        print(json.dumps({"architecture": architecture, "forward": forward}[sys.argv[1]](sys.argv[2])))
    except CheckpointError as error:
        print(json.dumps({"error": str(error)}), file=sys.stderr)
        return REFUSED
    except Exception as error:
        print(json.dumps({"error": f"transformers can't run this model ({type(error).__name__}: {_first_line(error)})."}), file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
