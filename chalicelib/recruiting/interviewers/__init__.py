"""Interviewers: members to whom applications are assigned."""
