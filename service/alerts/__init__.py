"""Alerts: what is told to whom, when it is folded into one message, when it goes to the next route.

`causes`, `standing`, `planning`, `passing`, `retries`, `wording` are pure: values and a time in, decisions
out.
`service.outbox` keeps what they decide, `worker` carries it out, `channels` reach people.
"""
