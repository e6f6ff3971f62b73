"""Makes a model of random weights in Hugging Face form, for measuring: `python make_large_model.py SMALL_MODEL FOLDER`, 1 GB in bfloat16."""

import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

SIZES = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 29, "num_attention_heads": 16, "num_key_value_heads": 16, "head_dim": 64}


def main() -> None:
    small, folder = map(Path, sys.argv[1:])
    config = AutoConfig.from_pretrained(small)
    config.update({**SIZES, "dtype": "bfloat16"})
    torch.manual_seed(1)
    with torch.device("cpu"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    for name in ("generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copyfile(small / name, folder / name)
    print(f"{sum(parameter.numel() for parameter in model.parameters()) * 2 / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
