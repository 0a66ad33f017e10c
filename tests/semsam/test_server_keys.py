"""Which key goes to which server: OpenAI's to OpenAI alone."""

import pytest

from semsam.errors import UsageError
from semsam.server_keys import server_key

KEYS = {"OPENAI_API_KEY": "openai", "OPENAI_ADMIN_KEY": "admin", "VLLM_API_KEY": "vllm", "OTHER": "other"}

OPENAI = [
    "https://api.openai.com/v1",
    "https://openai.com",
    "https://eu.api.openai.com/",
    "HTTPS://API.OPENAI.COM./v1",
]
OTHERS = [
    "http://127.0.0.1:8000/v1",
    "http://api.openai.com/v1",  # not encrypted
    "https://openai.com.example.org/v1",
    "https://notopenai.com/v1",
    "https://api.openai.com@example.org/v1",
    "https://example.org/api.openai.com",
    "https://example.org#.openai.com",
    "https://name.openai.azure.com/v1",
    "https://[::1",
    "",
]


@pytest.mark.parametrize("url", OPENAI)
def test_a_server_of_openai_gets_the_key_of_openai(url: str) -> None:
    assert server_key(url, "vllm", environment=KEYS) == "openai"
    assert server_key(url, "vllm", variable="OPENAI_ADMIN_KEY", environment=KEYS) == "admin"
    assert server_key(url, "vllm", environment={"VLLM_API_KEY": "vllm"}) is None


@pytest.mark.parametrize("url", OTHERS)
def test_any_other_server_gets_the_key_of_its_engine(url: str) -> None:
    assert server_key(url, "vllm", environment=KEYS) == "vllm"
    assert server_key(url, "sglang", environment=KEYS) is None
    assert server_key(url, "vllm", variable="OTHER", environment=KEYS) == "other"


@pytest.mark.parametrize("url", OTHERS)
@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "openai_api_key"])
def test_a_key_of_openai_is_refused_for_any_other_server(url: str, variable: str) -> None:
    with pytest.raises(
        UsageError, match=f"^{variable} holds a key of OpenAI, but the base URL is "
    ) as raised:
        server_key(url, "sglang", variable=variable, environment=KEYS)
    assert "such as SGLANG_API_KEY" in str(raised.value)


def test_an_empty_variable_is_no_key() -> None:
    assert server_key(OTHERS[0], "vllm", environment={"VLLM_API_KEY": ""}) is None
    with pytest.raises(UsageError, match="the environment variable MINE is not set"):
        server_key(OTHERS[0], "vllm", variable="MINE", environment={"MINE": ""})
