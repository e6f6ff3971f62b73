"""A Llama in plain PyTorch, with the parameter names of the Hugging Face form."""

import torch
from torch import Tensor, nn
from torch.nn import functional

HIDDEN, LAYERS, HEADS, INTERMEDIATE = 128, 5, 4, 352
CONTEXT, ROPE_BASE, NORM_EPSILON = 2048, 10_000.0, 1e-5


class Norm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(HIDDEN))

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, (HIDDEN,), self.weight, NORM_EPSILON)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(HIDDEN, HIDDEN, bias=False) for _ in range(4))
        nn.init.zeros_(self.o_proj.weight)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        batch, length, _ = x.shape

        def heads(projection: nn.Linear) -> Tensor:
            return projection(x).view(batch, length, HEADS, -1).transpose(1, 2)

        query, key = (_rotate(heads(projection), cosine, sine) for projection in (self.q_proj, self.k_proj))
        mixed = functional.scaled_dot_product_attention(query, key, heads(self.v_proj), is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, HIDDEN))


class FeedForward(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(HIDDEN, INTERMEDIATE, bias=False)
        self.up_proj = nn.Linear(HIDDEN, INTERMEDIATE, bias=False)
        self.down_proj = nn.Linear(INTERMEDIATE, HIDDEN, bias=False)
        nn.init.zeros_(self.down_proj.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input_layernorm, self.post_attention_layernorm = Norm(), Norm()
        self.self_attn, self.mlp = Attention(), FeedForward()

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cosine, sine)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, HIDDEN)
        nn.init.normal_(self.embed_tokens.weight, std=0.02)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = Norm()


class Llama(nn.Module):
    """Its `state_dict` is the model file: `model.layers.0.self_attn.q_proj.weight` and so on; embeddings are tied."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.model = Body(vocabulary)
        cosine, sine = _rotations()
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """The last hidden states of a batch of token ids."""
        length = ids.shape[1]
        x = self.model.embed_tokens(ids)
        for layer in self.model.layers:
            x = layer(x, self.cosine[:length], self.sine[:length])
        return self.model.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return hidden @ self.model.embed_tokens.weight.T


def _rotations() -> tuple[Tensor, Tensor]:
    size = HIDDEN // HEADS
    frequencies = ROPE_BASE ** (-torch.arange(0, size, 2).float() / size)
    angles = torch.outer(torch.arange(CONTEXT).float(), frequencies).repeat(1, 2)
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat((-second, first), dim=-1) * sine
