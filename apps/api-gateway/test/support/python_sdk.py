"""Asks the system through OpenAI's Python SDK, in every way that clients use, and prints what came as one JSON object."""

import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="any", max_retries=0)
messages = [{"role": "user", "content": "What is 123 * 456?"}]

plain = client.chat.completions.create(model="demo", messages=messages, temperature=0)
stream = client.chat.completions.create(model="demo", messages=messages, temperature=0, stream=True)
streamed = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
text = client.completions.create(
    model="demo", prompt="<|im_start|>user\nWhat is 2 + 2?<|im_end|>\n<|im_start|>assistant\n", max_tokens=200, temperature=0
)
try:
    client.chat.completions.create(model="nope", messages=messages)
    unknown_model = "no error"
except openai.APIStatusError as error:
    unknown_model = f"{type(error).__name__} {error.code}"

print(
    json.dumps(
        {
            "plain": plain.choices[0].message.content,
            "streamed": streamed,
            "text": text.choices[0].text,
            "tool_calls": plain.choices[0].interleave["tool_calls"],
            "unknown_model": unknown_model,
        }
    )
)
