// The bot of the compatibility tests with discord.js.
import { createRequire } from "node:module";

const { ChannelType, Client, MessageFlags } = createRequire(process.env.MODULES)("discord.js");
const client = new Client({
  intents: ["Guilds", "GuildMessages", "DirectMessages"],
  rest: { api: process.env.REST },
});

const prompt = { type: 3, name: "prompt", description: "What", required: true, autocomplete: true };
const slashes = ["draw", "whisper", "card", "thread", "private", "burst"];
client.once("clientReady", async () => {
  const commands = slashes.map((name) => ({ name, description: `Try ${name}` }));
  commands[0].options = [prompt];
  await client.application.commands.set([...commands, { name: "Quote", type: 3 }]);
});

const commands = {
  async draw(used) {
    await used.deferReply();
    await used.editReply(`edited ${used.options.getString("prompt")}`);
    const files = [{ attachment: Buffer.from("a note"), name: "note.txt" }];
    await used.followUp({ content: "followed", files });
  },
  whisper: (used) => used.reply({ content: "only you", flags: MessageFlags.Ephemeral }),
  card(used) {
    const button = { type: 2, style: 1, label: "Press", custom_id: "press" };
    const options = [{ label: "A", value: "a" }, { label: "B", value: "b" }];
    const select = { type: 3, custom_id: "pick", options };
    const rows = [button, select].map((part) => ({ type: 1, components: [part] }));
    const container = { type: 17, components: [{ type: 10, content: "a card" }, ...rows] };
    return used.reply({ flags: MessageFlags.IsComponentsV2, components: [container] });
  },
  Quote: (used) => used.reply(`quoted ${used.targetMessage.content}`),
  async thread(used) {
    await used.reply("opened");
    const settings = { name: "a thread", type: ChannelType.PublicThread };
    const opened = await used.channel.threads.create(settings);
    await opened.send("in the thread");
  },
  async private(used) {
    await used.reply("sent");
    await used.user.send("a direct message");
  },
  async burst(used) {
    await used.reply("bursting");
    await Promise.all([...Array(8).keys()].map((number) => used.channel.send(`burst ${number}`)));
  },
};

client.on("interactionCreate", async (interaction) => {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    const choices = ["one", "two"].map((end) => `${typed} ${end}`);
    await interaction.respond(choices.map((name) => ({ name, value: name })));
  } else if (interaction.isCommand()) await commands[interaction.commandName](interaction);
  else if (interaction.isButton()) {
    const component = { type: 4, style: 1, custom_id: "words" };
    const components = [{ type: 18, label: "Words", component }];
    await interaction.showModal({ title: "A form", custom_id: "form", components });
  } else if (interaction.isModalSubmit())
    await interaction.reply(`said ${interaction.fields.getTextInputValue("words")}`);
  else await interaction.reply(`picked ${interaction.values[0]}`);
});
await client.login(process.env.TOKEN);
