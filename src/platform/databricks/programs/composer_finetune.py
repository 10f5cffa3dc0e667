"""Fine-tunes a causal language model with Composer on Streaming's MDS shards, and registers it as the next version.

Shipped and submitted by Lakedesk as a job on a GPU cluster, and good to run by hand:

    composer_finetune.py --base_model Qwen/Qwen2.5-1.5B-Instruct --train_data /Volumes/cat/schema/vol/train \
        --eval_data /Volumes/cat/schema/vol/eval --training_duration 3ep --learning_rate 5e-6 \
        --register_to cat.schema.model --experiment /Shared/training --run_name first --token t1

The shards have the columns messages (json), or prompt and response (str). What is easy to get wrong, and is done here: a
StreamingDataset gives raw rows, so a collator makes padded tokens with labels, masked outside of the answer; the data loader has the
batch size of the dataset; the precision is called amp_bf16; a run is logged only where an MLFlowLogger is handed in.
"""

import argparse
import json
import os
import subprocess
import sys

MAX_TOKENS = 4096
MASKED = -100
BATCH = 4
DEFAULT_RATE = 5e-6
CACHE = "/local_disk0/lakedesk-streaming"
# A model without a template of its own is taught this one, and keeps it.
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def to_messages(row: dict) -> list[dict]:
    if "messages" in row:
        return row["messages"]
    return [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["response"]}]


def encode(messages: list[dict], tokenizer, most: int = MAX_TOKENS) -> tuple[list[int], list[int]]:
    """Tokens and labels of one conversation: labels are MASKED outside of the last answer."""
    if not tokenizer.chat_template:
        tokenizer.chat_template = TEMPLATE
    asked = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    start = len(asked) if whole.startswith(asked) else 0
    head = tokenizer(whole[:start], add_special_tokens=False)["input_ids"]
    tail = tokenizer(whole[start:], add_special_tokens=False)["input_ids"]
    return (head + tail)[:most], ([MASKED] * len(head) + tail)[:most]


def collator(tokenizer):
    """Raw rows of a StreamingDataset as one padded batch."""

    def collate(rows: list[dict]) -> dict:
        import torch

        encoded = [encode(to_messages(row), tokenizer) for row in rows]
        width = max(len(tokens) for tokens, _ in encoded)

        def pad(values: list[int], fill: int) -> list[int]:
            return values + [fill] * (width - len(values))

        return {
            "input_ids": torch.tensor([pad(tokens, tokenizer.pad_token_id) for tokens, _ in encoded]),
            "attention_mask": torch.tensor([pad([1] * len(tokens), 0) for tokens, _ in encoded]),
            "labels": torch.tensor([pad(labels, MASKED) for _, labels in encoded]),
        }

    return collate


def loader(path: str, name: str, tokenizer, shuffle: bool):
    """`path`: a folder of a volume, copied to the disk of the machine shard by shard."""
    from streaming import StreamingDataLoader, StreamingDataset

    dataset = StreamingDataset(
        remote=path, local=os.path.join(CACHE, name), batch_size=BATCH, shuffle=shuffle, validate_hash="sha1"
    )
    return StreamingDataLoader(dataset, batch_size=BATCH, collate_fn=collator(tokenizer))


def train(given: argparse.Namespace) -> None:
    import mlflow
    import torch
    from composer import Callback, Trainer
    from composer.loggers import MLFlowLogger
    from composer.models import HuggingFaceModel
    from composer.optim import DecoupledAdamW
    from composer.utils import dist
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(given.base_model)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    base = AutoModelForCausalLM.from_pretrained(given.base_model, torch_dtype=torch.bfloat16)
    model = HuggingFaceModel(model=base, tokenizer=tokenizer, use_logits=True)
    logger = MLFlowLogger(
        experiment_name=given.experiment,
        run_name=given.run_name,
        tracking_uri="databricks",
        model_registry_uri="databricks-uc",
        tags={"lakedesk.training.token": given.token, "lakedesk.training.register_to": given.register_to},
    )

    class Losses(Callback):
        """The loss of each batch and of each evaluation under names that stay, whatever a version of Composer calls them."""

        def batch_end(self, state, to):
            loss = state.loss if isinstance(state.loss, torch.Tensor) else sum(state.loss)
            length = state.dataloader_len.value if state.dataloader_len else 0
            epoch = state.timestamp.epoch.value + (state.timestamp.batch_in_epoch.value / length if length else 0)
            to.log_metrics({"train_loss": float(loss.detach()), "epoch": float(epoch)})

        def eval_start(self, state, to):
            self.held = []

        def eval_batch_end(self, state, to):
            if getattr(state.outputs, "loss", None) is not None:
                self.held.append(float(state.outputs.loss.detach()))

        def eval_end(self, state, to):
            if self.held:
                to.log_metrics({"eval_loss": sum(self.held) / len(self.held)})

    trainer = Trainer(
        model=model,
        train_dataloader=loader(given.train_data, "train", tokenizer, shuffle=True),
        eval_dataloader=loader(given.eval_data, "eval", tokenizer, shuffle=False) if given.eval_data else None,
        max_duration=given.training_duration.replace("_", ""),
        optimizers=DecoupledAdamW(
            model.parameters(), lr=float(given.learning_rate or DEFAULT_RATE), weight_decay=0.0
        ),
        device="gpu",
        precision="amp_bf16",
        loggers=[logger],
        callbacks=[Losses()],
        seed=int(json.loads(given.params).get("split_seed", 20)),
    )
    trainer.fit()
    if dist.get_global_rank() != 0:
        return
    run_id = logger._run_id  # Composer tells it in no other way.
    mlflow.set_registry_uri("databricks-uc")
    with mlflow.start_run(run_id=run_id):
        mlflow.log_params({**json.loads(given.params), "base_model": given.base_model})
        logged = mlflow.transformers.log_model(
            transformers_model={"model": model.model, "tokenizer": tokenizer},
            name="model",
            task="llm/v1/chat",
            input_example={"messages": [{"role": "user", "content": "How do I begin?"}]},
            registered_model_name=given.register_to,
        )
        mlflow.set_tag("lakedesk.training.version", str(logged.registered_model_version))
    print(json.dumps({"run_id": run_id, "version": str(logged.registered_model_version)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("base_model", "train_data", "training_duration", "register_to", "experiment", "run_name", "token"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--eval_data", default="")
    parser.add_argument("--learning_rate", default="")
    parser.add_argument("--task_type", default="")
    parser.add_argument("--params", default="{}")
    given = parser.parse_args()

    import torch

    gpus = torch.cuda.device_count()
    if gpus > 1 and "RANK" not in os.environ:
        # One process for each GPU, by Composer's own launcher.
        again = [sys.executable, "-m", "composer.cli.launcher", "-n", str(gpus), os.path.abspath(__file__), *sys.argv[1:]]
        raise SystemExit(subprocess.run(again, check=False).returncode)
    train(given)


if __name__ == "__main__":
    main()
