// The bot of the compatibility tests with oceanic.js.
import { createRequire } from "node:module";

const { ChannelTypes, Client, MessageFlags } = createRequire(process.env.MODULES)("oceanic.js");
const client = new Client({
  auth: `Bot ${process.env.TOKEN}`,
  gateway: { intents: ["GUILDS", "GUILD_MESSAGES", "DIRECT_MESSAGES"] },
  rest: { baseURL: `${process.env.REST}/v10` },
});

const prompt = { type: 3, name: "prompt", description: "What", required: true, autocomplete: true };
const slashes = ["draw", "whisper", "card", "thread", "private", "burst"];
client.once("ready", async () => {
  const commands = slashes.map((name) => ({ type: 1, name, description: `Try ${name}` }));
  commands[0].options = [prompt];
  const quote = { name: "Quote", type: 3 };
  await client.application.bulkEditGlobalCommands([...commands, quote]);
});
client.on("error", (error) => console.error(error));

const commands = {
  async draw(used) {
    await used.defer();
    await used.editOriginal({ content: `edited ${used.data.options.getString("prompt", true)}` });
    const files = [{ contents: Buffer.from("a note"), name: "note.txt" }];
    await used.createFollowup({ content: "followed", files });
  },
  whisper: (used) => used.createMessage({ content: "only you", flags: MessageFlags.EPHEMERAL }),
  card(used) {
    const button = { type: 2, style: 1, label: "Press", customID: "press" };
    const options = [{ label: "A", value: "a" }, { label: "B", value: "b" }];
    const select = { type: 3, customID: "pick", options };
    const rows = [button, select].map((part) => ({ type: 1, components: [part] }));
    const container = { type: 17, components: [{ type: 10, content: "a card" }, ...rows] };
    return used.createMessage({ flags: MessageFlags.IS_COMPONENTS_V2, components: [container] });
  },
  Quote(used) {
    return used.createMessage({ content: `quoted ${used.data.target.content}` });
  },
  async thread(used) {
    await used.createMessage({ content: "opened" });
    const settings = { name: "a thread", type: ChannelTypes.PUBLIC_THREAD };
    const opened = await client.rest.channels.startThreadWithoutMessage(used.channelID, settings);
    await opened.createMessage({ content: "in the thread" });
  },
  async private(used) {
    await used.createMessage({ content: "sent" });
    const opened = await used.user.createDM();
    await opened.createMessage({ content: "a direct message" });
  },
  async burst(used) {
    await used.createMessage({ content: "bursting" });
    const send = (number) =>
      client.rest.channels.createMessage(used.channelID, { content: `burst ${number}` });
    await Promise.all([...Array(8).keys()].map(send));
  },
};

client.on("interactionCreate", async (interaction) => {
  if (interaction.isAutocompleteInteraction()) {
    const typed = interaction.data.options.getFocused(true).value;
    const choices = ["one", "two"].map((end) => `${typed} ${end}`);
    await interaction.result(choices.map((name) => ({ name, value: name })));
  } else if (interaction.isCommandInteraction()) await commands[interaction.data.name](interaction);
  else if (interaction.isModalSubmitInteraction()) {
    const words = interaction.data.components.getTextInput("words", true);
    await interaction.createMessage({ content: `said ${words}` });
  } else if (interaction.data.customID === "press") {
    const component = { type: 4, style: 1, customID: "words" };
    const components = [{ type: 18, label: "Words", component }];
    await interaction.createModal({ title: "A form", customID: "form", components });
  } else await interaction.createMessage({ content: `picked ${interaction.data.values.raw[0]}` });
});
client.connect();
