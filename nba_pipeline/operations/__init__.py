"""What operators do: launch, back fill, retry, watch, stop, clean up. Each function is behind a command and a job."""
