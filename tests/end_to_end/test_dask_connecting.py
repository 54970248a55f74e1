"""Whatever listens where a scheduler should be: a clear line, within 15 seconds."""

import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from recovery import ROOT, environment

from abm.running.engines.base import EngineError
from abm.running.engines.cluster import Cluster

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
SECONDS_ALLOWED = 15
HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
GARBAGE = bytes(range(256)) * 64
ENDLESS_FRAME = (2**62).to_bytes(8, "little") * 4
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # what TLS says of something else


def silent(connection):
    connection.recv(2**16)
    time.sleep(3 * SECONDS_ALLOWED)


def saying(content):
    def answer(connection):
        connection.recv(2**16)
        connection.sendall(content)
        connection.close()

    return answer


def saying_and_staying(content):
    def answer(connection):
        connection.sendall(content)
        silent(connection)

    return answer


def trickling(connection):
    """Send the beginning of a message that never ends, a byte at a time."""
    for byte in (2**20).to_bytes(8, "little") + b"\0" * 10_000:
        connection.sendall(bytes([byte]))
        time.sleep(0.5)


def hanging_up(connection):
    connection.close()


def tls(connection):
    """Speak TLS, without a certificate."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_socket(connection, server_side=True)
    except (ssl.SSLError, OSError):
        connection.close()


@contextmanager
def listening(answer):
    """Listen on the loopback and answer every connection in a thread of its own."""
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=tolerant, args=(connection,), daemon=True).start()

    def tolerant(connection):
        with connection, suppress(OSError):
            answer(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()


ANSWERS = {
    "silent": silent,
    "http": saying(HTTP),
    "http that stays": saying_and_staying(HTTP),
    "garbage": saying(GARBAGE),
    "endless frame": saying_and_staying(ENDLESS_FRAME),
    "alert": saying(ALERT),
    "tls": tls,
    "trickle": trickling,
    "hangs up": hanging_up,
    "nothing said": saying_and_staying(b""),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_no_scheduler_is_said_in_time(name, monkeypatch):
    monkeypatch.setattr("abm.running.engines.cluster.SECONDS_TO_CONNECT", 1)
    started = time.monotonic()
    with listening(ANSWERS[name]) as address, pytest.raises(EngineError) as caught:
        Cluster(address)
    said = str(caught.value)
    assert f"the Dask scheduler at tcp://{address} does not answer" in said or (
        f"what listens at tcp://{address} is no Dask scheduler" in said
    )
    assert "Unable to allocate" not in said and "unpack" not in said
    assert time.monotonic() - started < SECONDS_ALLOWED - 8


def test_a_port_where_nothing_listens_is_said_in_time(monkeypatch):
    monkeypatch.setattr("abm.running.engines.cluster.SECONDS_TO_CONNECT", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(EngineError, match="does not answer"):
        Cluster(address)


@pytest.mark.faults
@pytest.mark.parametrize("name", ["silent", "http that stays", "trickle"])
def test_the_command_ends_in_time_and_in_one_line(name, tmp_path):
    """The whole process: nothing that was left behind keeps it from ending."""
    with listening(ANSWERS[name]) as address:
        words = [
            sys.executable, str(ROOT / "run.py"), "walking_groups", "--persons", "100",
            "--years", "1", "--out", str(tmp_path), "--engine", f"dask://{address}",
        ]  # fmt: skip
        started = time.monotonic()
        done = subprocess.run(
            words, env=environment(""), capture_output=True, text=True, timeout=120
        )
        seconds = time.monotonic() - started
    assert done.returncode == 1, done.stderr
    assert "does not answer" in done.stderr or "is no Dask scheduler" in done.stderr
    assert "Traceback" not in done.stderr
    assert seconds < 3 * SECONDS_ALLOWED, "with the start of the program on a busy machine"
