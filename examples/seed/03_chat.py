"""Fragment T.4.3: the OpenAI client, pointed at the Foundation Model APIs of the workspace."""

from openai import OpenAI

from workspace import HOST, TOKEN, call

client = OpenAI(api_key=TOKEN, base_url=f"{HOST}/serving-endpoints")

# CORRECTED: DBRX and Llama 3.1 70B are retired. Models come and go, so they are listed by their task instead of named.
endpoints = call("GET", "/api/2.0/serving-endpoints")["endpoints"]
chat = [one["name"] for one in endpoints if one.get("task") == "llm/v1/chat"]
print("Chat models:", ", ".join(chat))

response = client.chat.completions.create(
    model=chat[0],
    messages=[
        {"role": "system", "content": "You are a helpful data engineering assistant."},
        {"role": "user", "content": "Explain the difference between Delta Live Tables and standard Delta tables."},
    ],
    max_tokens=512,
    temperature=0.3,
)
print(f"{response.model}: {response.choices[0].message.content}")
