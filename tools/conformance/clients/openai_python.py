"""OpenAI's own client for Python."""

import asyncio
import json
import sys

import openai
from report import (
    ANSWER,
    WEATHER_ANSWER,
    WEATHER_QUESTION,
    assert_python_beside,
    assert_raises,
    assert_transcript,
    run_checks,
    weather,
)

url, hermes_url, native_url = sys.argv[1:4]
client = openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)
bare = openai.OpenAI(base_url=url, api_key="any", max_retries=0)
messages = [{"role": "user", "content": "What is 6 * 7?"}]
tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]


def chat(**fields):
    return client.chat.completions.create(**{"model": "demo", "messages": messages, **fields})


def streamed():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    assert_transcript("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices))
    assert chunks[-1].usage.completion_tokens > 0 and chunks[0].usage is None


def text_streamed():
    stream = client.completions.create(model="demo", prompt="Q", max_tokens=200, stream=True)
    assert_transcript("".join(chunk.choices[0].text for chunk in stream))


def several():
    choices = chat(n=3).choices
    assert len(choices) == 3
    for choice in choices:
        assert_transcript(choice.message.content)


def stop():
    choice = chat(stop=["answer"]).choices[0]
    assert choice.message.content.endswith("The ") and choice.finish_reason == "stop"


def logprobs():
    answer = chat(logprobs=True, top_logprobs=1)
    assert len(answer.choices[0].logprobs.content) == answer.usage.completion_tokens


def conversation():
    first = chat().choices[0].message
    history = [{"role": "developer", "content": "Be brief."}, *messages, first, {"role": "user", "content": "And?"}]
    assert chat(messages=history).choices[0].message.content.endswith(ANSWER)


def models():
    assert [model.id for model in client.models.list()] == ["demo"]
    assert client.models.retrieve("demo").id == "demo"


def asynchronous():
    async def main():
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as many:
            answers = await asyncio.gather(*(many.chat.completions.create(model="demo", messages=messages) for _ in range(3)))
        for answer in answers:
            assert_transcript(answer.choices[0].message.content)

    asyncio.run(main())


PLACE = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
WEATHER_TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": PLACE}}]


def ask_weather(base, history, is_streamed=False, **fields):
    completions = openai.OpenAI(base_url=f"{base}/v1", api_key="any", max_retries=0).chat.completions
    request = {"model": "demo", "messages": history, "tools": WEATHER_TOOLS, **fields}
    if not is_streamed:
        return completions.create(**request).choices[0]
    with completions.stream(**request) as stream:
        return stream.get_final_completion().choices[0]


def round_trip(base, is_streamed):
    history = [{"role": "user", "content": WEATHER_QUESTION}]
    first = ask_weather(base, history, is_streamed)
    assert first.finish_reason == "tool_calls"
    assert_python_beside(first.message.content)
    calls = first.message.tool_calls
    assert [(call.function.name, json.loads(call.function.arguments)) for call in calls] == [
        ("weather", {"place": "Rome"}),
        ("weather", {"place": "Oslo"}),
    ]
    answers = [
        {"role": "tool", "tool_call_id": call.id, "content": weather(**json.loads(call.function.arguments))} for call in calls
    ]
    last = ask_weather(base, [*history, first.message.to_dict(), *answers], is_streamed)
    assert last.message.content == WEATHER_ANSWER and last.finish_reason == "stop"


def places(**fields):
    choice = ask_weather(hermes_url, [{"role": "user", "content": WEATHER_QUESTION}], **fields)
    return [json.loads(call.function.arguments)["place"] for call in choice.message.tool_calls]


def one_at_a_time():
    assert places(parallel_tool_calls=False) == ["Rome"]


def tool_choice():
    assert places(tool_choice="required") == ["Bonn"]
    assert places(tool_choice={"type": "function", "function": {"name": "weather"}}) == ["Bonn"]


run_checks(
    "openai (python)",
    {
        "chat": lambda: assert_transcript(chat().choices[0].message.content),
        "chat, streamed": streamed,
        "text": lambda: assert_transcript(client.completions.create(model="demo", prompt="Q", max_tokens=200).choices[0].text),
        "text, streamed": text_streamed,
        "several answers": several,
        "stop strings": stop,
        "logprobs": logprobs,
        "response_format": lambda: assert_transcript(chat(response_format={"type": "text"}).choices[0].message.content),
        "a conversation": conversation,
        "tools are refused by name": lambda: assert_raises(openai.BadRequestError, lambda: chat(tools=tools), param="tools"),
        "tools, hermes": lambda: round_trip(hermes_url, False),
        "tools, hermes, streamed": lambda: round_trip(hermes_url, True),
        "tools, native": lambda: round_trip(native_url, False),
        "tools, native, streamed": lambda: round_trip(native_url, True),
        "one tool at a time": one_at_a_time,
        "tool_choice": tool_choice,
        "unknown model": lambda: assert_raises(openai.NotFoundError, lambda: chat(model="nope"), code="model_not_found"),
        "models": models,
        "base URL without /v1": lambda: assert_transcript(
            bare.chat.completions.create(model="demo", messages=messages).choices[0].message.content
        ),
        "at the same time": asynchronous,
    },
)
