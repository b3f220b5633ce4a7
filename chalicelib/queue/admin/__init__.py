"""What an operator or the schedule runs: dead letters and the reconciler."""
