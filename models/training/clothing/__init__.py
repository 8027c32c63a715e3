"""What the uniform's classifier knows of clothes in general, and how well it learns a uniform.

Needs no torch. PEOPLE is what `python -m models.training.posture people` wrote, LOOKS what
`python -m datasets.synthetic_hall outfits` rendered (several runs may be given).

    python -m models.training.clothing common   --people PEOPLE --out models/weights
    python -m models.training.clothing clips    --demo datasets/demo \
        --scenarios datasets/synthetic_hall/scenarios --out CLIP_LOOKS
    python -m models.training.clothing evaluate --looks LOOKS [--looks LOOKS2] [--json FILE]

    common.py     common_clothes.npz: whitening and counter-examples, from real people
    looks.py      folders OUTFIT/OCCASION_NN.jpg as features; crops of the demo's clips
    trials.py     who is enrolled and who is judged; figures with intervals. Pure
"""
