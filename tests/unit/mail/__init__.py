"""Rules of mails."""
