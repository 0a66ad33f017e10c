"""Addresses without their secrets, and secrets taken out of texts."""

import base64
import json
from urllib.parse import quote

import pytest

from semsam.address import environment_secrets, parse_address, shown, without_secrets
from semsam.redaction import environment_secrets as named_secrets
from semsam.redaction import names_a_secret, redact

SECRET = "s3cr/et+Pw"
ENCODED = quote(SECRET, safe="")
WITH_SECRETS = [
    f"http://user:{ENCODED}@host/v1",
    f"http://{ENCODED}@host/v1",
    f"http://:{ENCODED}@host/v1",
    f"HTTPS://user:{ENCODED}@host:8000/v1/",
    *(
        f"http://host/v1?{name}={ENCODED}"
        for name in ("key", "api_key", "token", "access_token", "signature", "sig", "X-Amz-Signature", "x")
    ),
    f"http://host/v1?a=b&key={ENCODED}#part",
    f"http://host/v1?{ENCODED}",
    f"http://host/v1#{ENCODED}",
    f"http://user:{ENCODED}@host/v1?key={ENCODED}",
]
NO_ADDRESS = [
    f"http://user:{SECRET}@host/v1",  # a slash ends the host
    f"http://user:12/{SECRET}@host",
    f"http://user:{ENCODED}@[::1",
    f"http://user:{ENCODED}@host:port",
    f"user:{ENCODED}@host",
    f"ftp://user:{ENCODED}@host",
    f"http://user:{ENCODED}@",
    f"http://ho st?key={ENCODED}",
    f"http://host\n?key={ENCODED}",
]


@pytest.mark.parametrize("text", WITH_SECRETS)
def test_an_address_never_shows_its_secrets(text):
    address = parse_address(text)
    for written in (
        address.url,
        repr(address),
        str(address),
        shown(text),
        without_secrets(f"GET '{text}': no"),
    ):
        assert SECRET not in written
        assert ENCODED not in written
    assert address.url.startswith(("http://host", "https://host"))
    if "#" not in text or "?" in text:
        assert SECRET in address.secrets
        assert parse_address(address.full) == address


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_is_shown_without_secrets_too(text):
    assert parse_address(text) is None
    assert not any(part in shown(text) for part in (SECRET, ENCODED, "et+Pw"))


def test_a_request_carries_what_the_address_held():
    address = parse_address("http://me:p%40ss@host:8000/v1/?key=a%2Fb")
    assert address.to("models") == "http://host:8000/v1/models?key=a%2Fb"
    assert address.headers == {"Authorization": "Basic " + base64.b64encode(b"me:p@ss").decode()}


def test_secrets_in_addresses_of_the_environment_are_known():
    held = {"HTTPS_PROXY": f"socks5://me:{ENCODED}@proxy:1", "PATH": "/bin", "URL": "http://host/"}
    assert SECRET in environment_secrets(held)
    assert environment_secrets({"PATH": "/bin", "URL": "http://host/"}) == ()


@pytest.mark.parametrize(
    "form", [SECRET, ENCODED, ENCODED.lower(), json.dumps(SECRET), base64.b64encode(SECRET.encode()).decode()]
)
def test_a_secret_is_found_in_every_form(form):
    assert redact(f"wrong key {form}!", [SECRET]).replace('"', "").replace("=", "") == "wrong key ***!"


def test_a_short_secret_leaves_the_text_readable():
    assert redact("no answer", ["a"]) == "no answer"
    assert redact("the vllm server", ["vllm"], shortest=6) == "the vllm server"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("OPENAI_API_KEY", True),
        ("HF_TOKEN", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("Authorization", True),
        ("apikey", True),
        ("clientSecret", True),
        ("max_tokens", False),
        ("tokenizer", False),
        ("keyboard", False),
        ("HOME", False),
    ],
)
def test_a_name_tells_of_a_secret(name, secret):
    assert names_a_secret(name) is secret
    assert (named_secrets({name: "long enough"}) == ("long enough",)) is secret
