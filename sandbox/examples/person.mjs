// node person.mjs http://127.0.0.1:PORT/ COMMAND [OPTION=VALUE ...]
// Types a slash command as the first person in the first channel, and prints what the bot answers.
const [base, command, ...given] = process.argv.slice(2);

async function ask(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(new URL(path, base), options);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.refused);
  return said;
}

const scene = await ask("/");
const where = { person: scene.person, channel: scene.channels[0].id };
const options = Object.fromEntries(given.map((option) => option.split("=", 2)));
const used = await ask("/use", { ...where, command, options });
if (used.failed) throw new Error(used.failed);
if (used.modal) console.log(`[${used.modal.title}]`);

// An answer may be deferred: it says "thinking" until the bot edits it.
for (let newest; !used.modal && (!newest || newest.thinking); ) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { messages } = await ask(`/messages?${new URLSearchParams(where)}`);
  newest = messages.findLast((message) => message.author.bot);
  if (newest && !newest.thinking) console.log(`${newest.author.username}: ${newest.content}`);
}
