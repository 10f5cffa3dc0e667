"""Fine-tunes a causal language model on GPUs with LoRA, logs to MLflow and registers the merged model as the next version.

Shipped and started by Lakedesk as the command of an AI Runtime task, and good to run by hand:

    accelerate launch finetune.py --spec settings.json

settings.json holds texts: base_model, task_type (CHAT_COMPLETION or INSTRUCTION_FINETUNE), train_data and eval_data (JSON lines with
messages, or prompt and response), training_duration (3ep, 100ba, 1_000_000tok), learning_rate, register_to, experiment, run_name,
token, and params (a JSON object of texts for the run). Only what the assistant says is learned: everything before it is masked.
"""

import argparse
import json
import math
import os
import re

MAX_TOKENS = 4096
MASKED = -100
BATCH = 4
ACCUMULATE = 4
DEFAULT_RATE = 1e-4
# A model without a template of its own is taught this one, and keeps it.
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def read_examples(path: str) -> list[list[dict]]:
    """Conversations of the JSON lines. Names the line that cannot be read."""
    conversations = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                conversations.append(to_messages(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise SystemExit(f"Line {number} of {path} is no example: {error}") from error
    if not conversations:
        raise SystemExit(f"{path} holds no example.")
    return conversations


def to_messages(row: object) -> list[dict]:
    messages = row if isinstance(row, list) else row.get("messages")
    if messages is None:
        messages = [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["response"]}]
    if messages[-1]["role"] != "assistant":
        raise ValueError("the last message must be of the assistant")
    return messages


def encode(messages: list[dict], tokenizer, most: int = MAX_TOKENS) -> dict | None:
    """Tokens and labels of one conversation. Labels are MASKED outside of the last answer. None where no answer is left."""
    if not tokenizer.chat_template:
        tokenizer.chat_template = TEMPLATE
    asked = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    # A template may write an answer in another way than it asks for one: then everything is learned.
    start = len(asked) if whole.startswith(asked) else 0
    head = tokenizer(whole[:start], add_special_tokens=False)["input_ids"]
    tail = tokenizer(whole[start:], add_special_tokens=False)["input_ids"]
    tokens = (head + tail)[:most]
    labels = ([MASKED] * len(head) + tail)[:most]
    if all(label == MASKED for label in labels):
        return None
    return {"input_ids": tokens, "labels": labels}


def collate(batch: list[dict], pad: int):
    """Pads on the right to the longest of the batch."""
    import torch

    width = max(len(row["input_ids"]) for row in batch)

    def column(name: str, fill: int):
        return torch.tensor([row[name] + [fill] * (width - len(row[name])) for row in batch])

    mask = torch.tensor([[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in batch])
    return {"input_ids": column("input_ids", pad), "attention_mask": mask, "labels": column("labels", MASKED)}


def read_duration(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"([\d_]+)(ep|ba|tok)", text.strip())
    if not match or int(match[1].replace("_", "")) < 1:
        raise SystemExit(f"training_duration {text!r} is not understood: write 3ep, 100ba or 1_000_000tok.")
    return int(match[1].replace("_", "")), match[2]


def to_schedule(text: str, rows: list[dict], batch: int) -> dict:
    """Epochs or steps for the trainer. `batch`: examples of one step over all processes."""
    amount, unit = read_duration(text)
    if unit == "ep":
        return {"num_train_epochs": amount}
    if unit == "ba":
        return {"max_steps": amount}
    tokens_per_step = batch * sum(len(row["input_ids"]) for row in rows) / len(rows)
    return {"max_steps": max(1, math.ceil(amount / tokens_per_step))}


def train(spec: dict, output: str):
    """Returns the merged model, its tokenizer, and the points of loss."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainerCallback, TrainingArguments

    has_gpu = torch.cuda.is_available()
    tokenizer = AutoTokenizer.from_pretrained(spec["base_model"])
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(
        spec["base_model"], torch_dtype=torch.bfloat16 if has_gpu else torch.float32
    )
    model = get_peft_model(
        model, LoraConfig(task_type="CAUSAL_LM", r=16, lora_alpha=32, lora_dropout=0.05, target_modules="all-linear")
    )
    rows = [row for row in (encode(one, tokenizer) for one in read_examples(spec["train_data"])) if row]
    held = [encode(one, tokenizer) for one in read_examples(spec["eval_data"])] if spec.get("eval_data") else []
    held = [row for row in held if row]
    if not rows:
        raise SystemExit("No answer is left of the examples: they are longer than the model takes.")
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    schedule = to_schedule(spec["training_duration"], rows, BATCH * ACCUMULATE * processes)
    points = []

    class Log(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **more):
            if not state.is_world_process_zero or not logs:
                return
            named = {"loss": "train_loss", "eval_loss": "eval_loss"}
            values = {named[key]: value for key, value in logs.items() if key in named}
            if values:
                log_metrics({**values, "epoch": state.epoch}, state.global_step)
                points.append({"step": state.global_step, **values})

    arguments = TrainingArguments(
        output_dir=output,
        per_device_train_batch_size=BATCH,
        per_device_eval_batch_size=BATCH,
        gradient_accumulation_steps=ACCUMULATE,
        learning_rate=float(spec["learning_rate"]) if spec.get("learning_rate") else DEFAULT_RATE,
        lr_scheduler_type="cosine",
        warmup_ratio=0.03,
        bf16=has_gpu,
        logging_strategy="steps",
        logging_steps=5,
        eval_strategy="epoch" if held else "no",
        save_strategy="no",
        report_to=[],
        seed=int(json.loads(spec.get("params") or "{}").get("split_seed", 20)),
        remove_unused_columns=False,
        **schedule,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        eval_dataset=held or None,
        data_collator=lambda batch: collate(batch, tokenizer.pad_token_id),
        callbacks=[Log()],
    )
    trainer.train()
    return trainer.accelerator.unwrap_model(trainer.model).merge_and_unload(), tokenizer, points


def log_metrics(values: dict, step: int) -> None:
    import mlflow

    if mlflow.active_run():
        mlflow.log_metrics({key: float(value) for key, value in values.items() if value is not None}, step=step)


def begin(spec: dict):
    """The run that the task has, or one of its own; with the tag by which Lakedesk finds it."""
    import mlflow

    mlflow.set_registry_uri("databricks-uc")
    given = os.environ.get("MLFLOW_RUN_ID")
    if not given:
        mlflow.set_experiment(spec["experiment"])
    run = mlflow.start_run(run_id=given) if given else mlflow.start_run(run_name=spec["run_name"])
    mlflow.set_tags(
        {"lakedesk.training.token": spec["token"], "lakedesk.training.register_to": spec["register_to"]}
    )
    own = {key: spec[key] for key in ("base_model", "task_type", "training_duration", "learning_rate") if spec.get(key)}
    mlflow.log_params({**json.loads(spec.get("params") or "{}"), **own})
    return run


def register(spec: dict, model, tokenizer) -> str:
    """Logs the model and gives the number of its version."""
    import mlflow

    example = {"messages": [{"role": "user", "content": "How do I begin?"}]}
    logged = mlflow.transformers.log_model(
        transformers_model={"model": model, "tokenizer": tokenizer},
        name="model",
        task="llm/v1/chat",
        input_example=example,
        registered_model_name=spec["register_to"],
    )
    version = str(logged.registered_model_version)
    mlflow.set_tag("lakedesk.training.version", version)
    return version


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spec", required=True)
    parser.add_argument("--output", default="/tmp/lakedesk-finetune")
    given = parser.parse_args()
    with open(given.spec, encoding="utf-8") as file:
        spec = json.load(file)
    read_duration(spec["training_duration"])
    is_first = int(os.environ.get("RANK", "0")) == 0
    run = begin(spec) if is_first else None
    model, tokenizer, points = train(spec, given.output)
    if is_first:
        version = register(spec, model, tokenizer)
        import mlflow

        mlflow.end_run()
        print(json.dumps({"run_id": run.info.run_id, "version": version, "points": len(points)}))


if __name__ == "__main__":
    main()
