"""The closed network itself: what a test may connect to."""

import socket

import pytest

from tests.conftest import NetworkClosed


def test_connection_to_another_machine_is_refused_before_it_is_made() -> None:
    with socket.socket() as outside, pytest.raises(NetworkClosed, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 80))


def test_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(NetworkClosed, match=r"psp\.example"):
        socket.getaddrinfo("psp.example", 443)


def test_loopback_stays_open() -> None:
    # given a listener on this machine that is called
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=5) as caller,
    ):
        # when it accepts
        answered, address = listener.accept()
        answered.close()
        # then it was that call
        assert address == caller.getsockname()
