"""Makes checkpoints as verl's FSDP workers write them: real torch FSDP over gloo, on the CPU, from a Hugging Face model.

    python make_checkpoints.py MODEL FOLDER [LAYOUT ...]

FOLDER/LAYOUT gets `actor/` (one .pt file a rank, fsdp_config.json, huggingface/) and `whole.safetensors`, the same weights unsharded.
"""

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch
import torch.distributed as dist
from safetensors.torch import save_file
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel, ShardedStateDictConfig, ShardingStrategy, StateDictType, fully_shard
from torch.distributed.fsdp.wrap import ModuleWrapPolicy
from torch.distributed.tensor import Shard
from transformers import AutoModelForCausalLM

LORA_RANK = 8
LORA_ALPHA = 16
SEED = 7


@dataclass(frozen=True)
class Layout:
    world_size: int
    dtype: torch.dtype
    fsdp: int
    mesh: tuple[int, ...] | None
    """Shape of the device mesh; None: FSDP 1 without one, which writes ShardedTensors."""
    is_tied: bool = True
    has_lora: bool = False
    shards_columns: bool = False


LAYOUTS = {
    "fsdp1-bf16": Layout(2, torch.bfloat16, 1, (2,)),
    "fsdp1-fp32-sharded-tensor": Layout(2, torch.float32, 1, None),
    "fsdp1-untied-three-ranks": Layout(3, torch.float32, 1, (3,), is_tied=False),
    "fsdp1-ddp-x-fsdp": Layout(4, torch.float32, 1, (2, 2)),
    "fsdp2-bf16": Layout(2, torch.bfloat16, 2, (2,)),
    "fsdp2-fp32-untied": Layout(2, torch.float32, 2, (2,), is_tied=False),
    "fsdp2-three-ranks": Layout(3, torch.bfloat16, 2, (3,)),
    "fsdp2-ddp-x-fsdp": Layout(4, torch.bfloat16, 2, (2, 2)),
    "fsdp2-columns": Layout(2, torch.float32, 2, (2,), shards_columns=True),
    "fsdp2-lora": Layout(2, torch.bfloat16, 2, (2,), has_lora=True),
    "fsdp2-one-rank": Layout(1, torch.bfloat16, 2, (1,)),
}


class LoraLinear(nn.Module):
    """The parameter names that PEFT gives to a linear layer with an adapter."""

    def __init__(self, base_layer: nn.Linear):
        super().__init__()
        self.base_layer = base_layer
        like = {"dtype": base_layer.weight.dtype, "bias": False}
        self.lora_A = nn.ModuleDict({"default": nn.Linear(base_layer.in_features, LORA_RANK, **like)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(LORA_RANK, base_layer.out_features, **like)})

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return self.base_layer(value) + self.lora_B["default"](self.lora_A["default"](value)) * (LORA_ALPHA / LORA_RANK)


class PeftModel(nn.Module):
    """`base_model.model.` in front of every name, as PEFT has it."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.base_model = nn.Module()
        self.base_model.model = model


def build(model_folder: Path, layout: Layout) -> nn.Module:
    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    if not layout.is_tied:
        model.config.tie_word_embeddings = False
        model.lm_head.weight = nn.Parameter(torch.randn_like(model.lm_head.weight))
    # What training leaves: values that fill the whole width of the type.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 1e-6)
    model.config.dtype = layout.dtype
    model = model.to(layout.dtype)
    if not layout.has_lora:
        return model
    for layer in model.model.layers:
        layer.self_attn.q_proj = LoraLinear(layer.self_attn.q_proj)
        layer.self_attn.v_proj = LoraLinear(layer.self_attn.v_proj)
    return PeftModel(model)


def names_and_values(model: nn.Module) -> dict[str, torch.Tensor]:
    """Copies: safetensors refuses tensors that share memory, and tied weights do."""
    return {name: tensor.detach().clone().contiguous() for name, tensor in model.state_dict().items()}


def causal_model(model: nn.Module) -> nn.Module:
    return model.base_model.model if isinstance(model, PeftModel) else model


def sharded_state(model: nn.Module, layout: Layout) -> dict[str, object]:
    layers = set(type(layer) for layer in causal_model(model).model.layers)
    mesh = None
    if layout.mesh is not None:
        mesh = init_device_mesh("cpu", layout.mesh, mesh_dim_names=("fsdp",) if len(layout.mesh) == 1 else ("ddp", "fsdp"))
    if layout.fsdp == 1:
        strategy = ShardingStrategy.HYBRID_SHARD if mesh is not None and mesh.ndim == 2 else ShardingStrategy.FULL_SHARD
        wrapped = FullyShardedDataParallel(
            model,
            sharding_strategy=strategy,
            device_mesh=mesh,
            auto_wrap_policy=ModuleWrapPolicy(layers),
            device_id=torch.device("cpu"),
        )
        with FullyShardedDataParallel.state_dict_type(wrapped, StateDictType.SHARDED_STATE_DICT, ShardedStateDictConfig()):
            return wrapped.state_dict()
    placement: Callable | None = (lambda parameter: Shard(1) if parameter.ndim == 2 else Shard(0)) if layout.shards_columns else None
    for layer in causal_model(model).model.layers:
        fully_shard(layer, mesh=mesh, shard_placement_fn=placement)
    fully_shard(model, mesh=mesh, shard_placement_fn=placement)
    return model.state_dict()


def write_side_files(model_folder: Path, model: nn.Module, layout: Layout, actor: Path) -> None:
    side = actor / "huggingface"
    side.mkdir(parents=True, exist_ok=True)
    causal_model(model).config.save_pretrained(side)
    for name in ("generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copyfile(model_folder / name, side / name)
    (actor / "fsdp_config.json").write_text(json.dumps({"FSDP_version": layout.fsdp, "world_size": layout.world_size}))
    if layout.has_lora:
        facts = {"r": LORA_RANK, "lora_alpha": LORA_ALPHA, "task_type": "CAUSAL_LM"}
        (actor / "lora_train_meta.json").write_text(json.dumps(facts))


def run_rank(rank: int, name: str, layout: Layout, model_folder: Path, folder: Path, rendezvous: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=layout.world_size)
    model = build(model_folder, layout)
    actor = folder / name / "actor"
    if rank == 0:
        write_side_files(model_folder, model, layout, actor)
        save_file(names_and_values(model), folder / name / "whole.safetensors")
    dist.barrier()
    torch.save(sharded_state(model, layout), actor / f"model_world_size_{layout.world_size}_rank_{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


def main() -> None:
    model_folder, folder, *names = sys.argv[1:]
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    for name in names or LAYOUTS:
        layout = LAYOUTS[name]
        place = Path(folder) / name
        shutil.rmtree(place, ignore_errors=True)
        (place / "actor").mkdir(parents=True)
        rendezvous = place / "rendezvous"
        arguments = (name, layout, Path(model_folder), Path(folder), rendezvous.absolute())
        # Forked: torch is imported once, not once a rank.
        torch.multiprocessing.start_processes(run_rank, args=arguments, nprocs=layout.world_size, start_method="fork")
        rendezvous.unlink(missing_ok=True)
        print(name, flush=True)


if __name__ == "__main__":
    main()
