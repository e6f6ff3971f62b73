"""PID 1 of a sandbox: keeps one Python session alive and answers a host over stdin and stdout."""
