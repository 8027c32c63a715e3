"""Which act a rendered person's action is. No torch in here: evaluating needs none."""

ACT_OF = {
    "takes_call": "call",
    **dict.fromkeys(("handles_phone", "thumbs_phone", "phone_at_desk", "phone_in_lap"), "handling"),
    "smokes": "smoking",
    "eats": "eating",
    **dict.fromkeys(("drinks", "drinks_tea"), "drinking"),
    **dict.fromkeys(("works", "clicks", "writes", "reads", "sorts_papers", "wears_headset"), "desk"),
    **dict.fromkeys(
        ("talks", "listens", "waits", "rests_hands", "touches_ear", "rests_chin", "stretches", "stands"),
        "other",
    ),
    **dict.fromkeys(("pen_at_mouth", "paints_lips"), "other"),
}
"""Rendered actions as acts. `desk_phone` is left out: its posture is a call's, only the thing differs."""
