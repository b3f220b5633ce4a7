"""Amendments: candidates change what they sent, and every revision stays as it was."""
