"""Run by test_fit_replicas.py in a process of its own: two virtual CPU devices."""

import json
import sys
from pathlib import Path

import tensorflow as tf
from described_videos import labelled_videos

from vidcat.training.config import TrainConfig
from vidcat.training.fit import fit, predict_logits

if __name__ == "__main__":
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    folder = Path(sys.argv[1])
    train, validation = labelled_videos(42, seed=1), labelled_videos(18, seed=2)
    config = TrainConfig(
        preset="small", epochs=2, batch_size=16, learning_rate=3e-3, gpus=2
    )
    seen = []

    def note(report):
        seen.append(report.epoch)
        if len(seen) == 5:
            raise KeyboardInterrupt

    try:
        fit(train, validation, config, folder, progress=note)
    except KeyboardInterrupt:
        result = fit(train, validation, config, folder)
    result.model.compile()
    scores = predict_logits(result.model, validation, batch_size=4, max_frames=300)
    print(
        json.dumps(
            {
                "resumed_after_epoch": result.resumed_after_epoch,
                "history": result.history,
                "best_epoch": result.best_epoch,
                "scores": scores.tolist(),
            }
        )
    )
