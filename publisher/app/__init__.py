"""The verbs: plain functions that read, publish, issue and send; the only place that knows every room."""
