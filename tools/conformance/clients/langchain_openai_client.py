"""LangChain's client for the OpenAI API."""

import sys

import openai
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, message_chunk_to_message
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI
from report import (
    WEATHER_ANSWER,
    WEATHER_QUESTION,
    assert_python_beside,
    assert_raises,
    assert_transcript,
    run_checks,
)
from report import weather as weather_in

url, hermes_url, native_url = sys.argv[1:4]
settings = {"base_url": f"{url}/v1", "api_key": "any", "max_retries": 0}
chat = ChatOpenAI(model="demo", **settings)
text = OpenAI(model="demo", max_tokens=200, **settings)
QUESTION = "What is 6 * 7?"


@tool
def weather(place: str) -> str:
    """Tells the weather."""
    return weather_in(place)


def plain():
    answer = chat.invoke(QUESTION)
    assert_transcript(answer.content)
    assert answer.usage_metadata["output_tokens"] > 0


def streamed():
    whole = None
    for chunk in ChatOpenAI(model="demo", stream_usage=True, **settings).stream(QUESTION):
        whole = chunk if whole is None else whole + chunk
    assert_transcript(whole.content)
    assert whole.usage_metadata["output_tokens"] > 0


def several():
    result = ChatOpenAI(model="demo", n=3, **settings).generate([[HumanMessage(QUESTION)]])
    assert len(result.generations[0]) == 3


def stop():
    assert chat.invoke(QUESTION, stop=["answer"]).content.endswith("The ")


def logprobs():
    answer = chat.bind(logprobs=True, top_logprobs=1).invoke(QUESTION)
    assert len(answer.response_metadata["logprobs"]["content"]) == answer.usage_metadata["output_tokens"]


def conversation():
    history = [SystemMessage("Be brief."), HumanMessage(QUESTION), AIMessage("Hm."), HumanMessage("And?")]
    assert_transcript(chat.invoke(history).content)


def round_trip(base, is_streamed):
    model = ChatOpenAI(model="demo", **{**settings, "base_url": f"{base}/v1"}).bind_tools([weather])

    def ask(history):
        if not is_streamed:
            return model.invoke(history)
        whole = None
        for chunk in model.stream(history):
            whole = chunk if whole is None else whole + chunk
        return message_chunk_to_message(whole)

    history = [HumanMessage(WEATHER_QUESTION)]
    first = ask(history)
    assert_python_beside(first.content)
    assert [(call["name"], call["args"]) for call in first.tool_calls] == [
        ("weather", {"place": "Rome"}),
        ("weather", {"place": "Oslo"}),
    ]
    last = ask([*history, first, *(weather.invoke(call) for call in first.tool_calls)])
    assert last.content == WEATHER_ANSWER and last.tool_calls == []


def places(**choice):
    model = ChatOpenAI(model="demo", **{**settings, "base_url": f"{hermes_url}/v1"}).bind_tools([weather], **choice)
    return [call["args"]["place"] for call in model.invoke(WEATHER_QUESTION).tool_calls]


def one_at_a_time():
    assert places(parallel_tool_calls=False) == ["Rome"]


def tool_choice():
    assert places(tool_choice="required") == ["Bonn"]
    assert places(tool_choice="weather") == ["Bonn"]


run_checks(
    "langchain-openai",
    {
        "chat": plain,
        "chat, streamed": streamed,
        "text": lambda: assert_transcript(text.invoke("Q")),
        "text, streamed": lambda: assert_transcript("".join(text.stream("Q"))),
        "several answers": several,
        "stop strings": stop,
        "logprobs": logprobs,
        "response_format": lambda: assert_transcript(chat.bind(response_format={"type": "text"}).invoke(QUESTION).content),
        "a conversation": conversation,
        "tools are refused by name": lambda: assert_raises(
            openai.BadRequestError, lambda: chat.bind_tools([weather]).invoke(QUESTION), param="tools"
        ),
        "tools, hermes": lambda: round_trip(hermes_url, False),
        "tools, hermes, streamed": lambda: round_trip(hermes_url, True),
        "tools, native": lambda: round_trip(native_url, False),
        "tools, native, streamed": lambda: round_trip(native_url, True),
        "one tool at a time": one_at_a_time,
        "tool_choice": tool_choice,
        "unknown model": lambda: assert_raises(
            openai.NotFoundError, lambda: ChatOpenAI(model="nope", **settings).invoke(QUESTION), code="model_not_found"
        ),
        "at the same time": lambda: [assert_transcript(answer.content) for answer in chat.batch([QUESTION] * 3)],
    },
)
