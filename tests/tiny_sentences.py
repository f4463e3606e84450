"""A sentence encoder like MUSE, but made in a moment: a SavedModel, real ops inside."""

import io

import numpy as np
import sentencepiece
import tensorflow as tf
import tensorflow_text

SENTENCES = {
    "en": "How to bake a chocolate cake at home",
    "fr": "Comment faire un gâteau au chocolat à la maison",
    "de": "So backt man einen Schokoladenkuchen zu Hause",
    "es": "Cómo hacer un pastel de chocolate en casa",
    "ru": "Как испечь шоколадный торт дома",
    "ar": "كيف تصنع كعكة الشوكولاتة في المنزل",
    "th": "วิธีทำเค้กช็อกโกแลตที่บ้าน",
    "ja": "家で作るチョコレートケーキ",
    "ko": "집에서 초콜릿 케이크 만드는 법",
    "zh": "如何在家制作巧克力蛋糕",
}
WIDTH = 12


def train_tokenizer():
    """A SentencePiece model of the sentences above, as bytes."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES.values()),
        model_writer=written,
        vocab_size=300,
        # As many as so few sentences give.
        hard_vocab_limit=False,
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
    )
    return written.getvalue()


class MeanOfPieces(tf.Module):
    """The mean of its pieces' vectors, projected: `tanh(mean @ projection)`."""

    def __init__(self, tokenizer_model, seed=0):
        super().__init__()
        rng = np.random.default_rng(seed)
        self.tokenizer = tensorflow_text.SentencepieceTokenizer(tokenizer_model)
        pieces = int(self.tokenizer.vocab_size())
        self.vectors = tf.Variable(rng.normal(size=(pieces, 8)).astype("float32"))
        self.projection = tf.Variable(rng.normal(size=(8, WIDTH)).astype("float32"))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, texts):
        pieces = self.tokenizer.tokenize(texts)
        vectors = tf.ragged.map_flat_values(tf.gather, self.vectors, pieces)
        return tf.tanh(tf.reduce_mean(vectors, axis=1) @ self.projection)


def embedded_by_hand(tokenizer_model, network, text):
    """What `MeanOfPieces` gives, by SentencePiece's own library and NumPy."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer_model)
    pieces = processor.encode(text)
    mean = network.vectors.numpy().astype("float64")[pieces].mean(axis=0)
    return np.tanh(mean @ network.projection.numpy())
