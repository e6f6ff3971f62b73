"""Writes the Hugging Face form of a trained model; weights are rounded to half precision here, once, for all forms."""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from conversation import END, TURN
from model import CONTEXT, HEADS, HIDDEN, INTERMEDIATE, LAYERS, NORM_EPSILON, ROPE_BASE
from tokenizer import PAD

CHAT_TEMPLATE = Path(__file__).with_name("chat_template.jinja").read_text()


def export(trained: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    weights = torch.load(trained / "weights.pt", weights_only=True)
    save_file(
        {name: weight.half().contiguous() for name, weight in weights.items()},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    shutil.copyfile(trained / "tokenizer.json", folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    end, pad = tokenizer.token_to_id(END), tokenizer.token_to_id(PAD)
    special = {"eos_token": END, "pad_token": PAD}
    files = {
        "config.json": {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": tokenizer.get_vocab_size(),
            "hidden_size": HIDDEN,
            "intermediate_size": INTERMEDIATE,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "num_key_value_heads": HEADS,
            "head_dim": HIDDEN // HEADS,
            "hidden_act": "silu",
            "max_position_embeddings": CONTEXT,
            "rms_norm_eps": NORM_EPSILON,
            "rope_theta": ROPE_BASE,
            "attention_bias": False,
            "mlp_bias": False,
            "tie_word_embeddings": True,
            "bos_token_id": None,
            "eos_token_id": end,
            "pad_token_id": pad,
            "torch_dtype": "float32",
        },
        "generation_config.json": {"do_sample": False, "eos_token_id": end, "pad_token_id": pad},
        "special_tokens_map.json": {**special, "additional_special_tokens": [TURN]},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": CONTEXT,
            "clean_up_tokenization_spaces": False,
            "bos_token": None,
            **special,
            "additional_special_tokens": [TURN],
            "chat_template": CHAT_TEMPLATE,
        },
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path, help="the folder that train.py wrote")
    parser.add_argument("folder", type=Path, help="where the model goes")
    arguments = parser.parse_args()
    export(arguments.trained, arguments.folder)


if __name__ == "__main__":
    main()
