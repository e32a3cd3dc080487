"""Decisions about mails: which fact makes one, when it is sent, what a server's answer means."""
