"""Creates and connects the parts of a process: settings, clients, one container for each domain."""
