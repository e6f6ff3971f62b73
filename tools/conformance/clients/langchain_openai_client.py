"""LangChain's client for the OpenAI API."""

import sys

import openai
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI
from report import assert_raises, assert_transcript, run_checks

url = sys.argv[1]
settings = {"base_url": f"{url}/v1", "api_key": "any", "max_retries": 0}
chat = ChatOpenAI(model="demo", **settings)
text = OpenAI(model="demo", max_tokens=200, **settings)
QUESTION = "What is 6 * 7?"


@tool
def weather(place: str) -> str:
    """Tells the weather."""
    return place


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
        "unknown model": lambda: assert_raises(
            openai.NotFoundError, lambda: ChatOpenAI(model="nope", **settings).invoke(QUESTION), code="model_not_found"
        ),
        "at the same time": lambda: [assert_transcript(answer.content) for answer in chat.batch([QUESTION] * 3)],
    },
)
