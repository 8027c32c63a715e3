"""Build the person network: upper-body joints and what the posture looks like.

What the detector cannot see, posture shows: a phone of ten pixels is lost, a bent head over two hands held
together is not. Joints are distilled from PP-TinyPose (Apache-2.0) on our own crops; what a posture means is
learnt from the exact joints of rendered people (`python -m datasets.synthetic_hall postures`), because joints
carry over from rendered people to photographs, and pixels do not. It wants the `[train]` extra, as the rest
of `models.training` does. START = yolo26n_coco81.pt, TEACHER = tinypose_256x192.onnx, and after
`python -m models.training.posture`:

    people   --data DATA --ledger WORK/ledger.json --out WORK/people
    joints   --people WORK/people --weights START --teacher TEACHER --out WORK/joints
    acts     --postures WORK/postures_train --test WORK/postures_test --out WORK/acts.pt
    export   --weights START --joints WORK/joints --acts WORK/acts.pt --out models/weights
    evaluate --people WORK/people --teacher TEACHER --data DATA --demo datasets/demo

    people.py     crops of people from the ledger's pictures and from rendered crops
    teacher.py    PP-TinyPose's heat maps
    network.py    trunk and heat maps, heat maps to joints, joints to acts
    distil.py     the loop for the joints
    acts.py       what the rendered people do, and the small network that tells it from joints
    export.py     one ONNX file
    evaluate.py   figures on held-out people, rendered and real
"""
