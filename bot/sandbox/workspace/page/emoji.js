/* `:name:` and emoji characters → a picture where we have one, the character where we do not, the text where we
 * know neither.
 */

import { h, svg } from "./dom.js";
import { ART } from "./emoji_art.js";

const ALIASES = {
  hourglass_flowing_sand: "hourglass",
  hatched_chick: "baby_chick",
  white_large_circle: "white_circle",
  large_red_circle: "red_circle",
  "+1": "thumbsup",
  "-1": "thumbsdown",
  stop_sign: "octagonal_sign",
  hand: "raised_hand",
  double_vertical_bar: "pause_button",
  pencil: "memo",
  heavy_multiplication_x: "x",
  mag_right: "mag",
  yellow_circle: "large_yellow_circle",
  green_circle: "large_green_circle",
};

/* Slack's short names, those that have a picture first. */
const CHARACTERS = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", hourglass: "⏳", rocket: "🚀", eyes: "👀",
  baby_chick: "🐤", hatching_chick: "🐣", bird: "🐦", large_green_circle: "🟢", large_yellow_circle: "🟡",
  large_orange_circle: "🟠", red_circle: "🔴", large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫",
  bar_chart: "📊", camera: "📷", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", lock: "🔒", unlock: "🔓",
  bell: "🔔", memo: "📝", test_tube: "🧪", tada: "🎉", no_entry: "⛔", octagonal_sign: "🛑", speech_balloon: "💬",
  rotating_light: "🚨", stopwatch: "⏱️", package: "📦", mag: "🔍", information_source: "ℹ️", question: "❓",
  thumbsup: "👍", raised_hand: "✋", rewind: "⏪", fast_forward: "⏩", arrow_forward: "▶️", pause_button: "⏸️",
  black_square_for_stop: "⏹️", arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️",
  leftwards_arrow_with_hook: "↩️", arrows_counterclockwise: "🔄", no_bell: "🔕", calendar: "📅", clipboard: "📋",
  link: "🔗", key: "🔑", shield: "🛡️", fire: "🔥", bug: "🐛", ship: "🚢", hammer_and_wrench: "🛠️", wrench: "🔧",
  gear: "⚙️", construction: "🚧", traffic_light: "🚦", mega: "📣", loudspeaker: "📢", wave: "👋", thumbsdown: "👎",
  clap: "👏", ok_hand: "👌", pray: "🙏", muscle: "💪", point_right: "👉", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", robot_face: "🤖", thinking_face: "🤔", smile: "😄", slightly_smiling_face: "🙂",
  sweat_smile: "😅", heart: "❤️", star: "⭐", sparkles: "✨", zap: "⚡", snowflake: "❄️", thermometer: "🌡️",
  page_facing_up: "📄", file_folder: "📁", microscope: "🔬", dart: "🎯", checkered_flag: "🏁",
  triangular_flag_on_post: "🚩", sos: "🆘", new: "🆕", fast_up_button: "⏫", clock1: "🕐", alarm_clock: "⏰",
  inbox_tray: "📥", outbox_tray: "📤", label: "🏷️", bulb: "💡", cop: "👮", pager: "📟", telephone_receiver: "📞",
  ticket: "🎫", balance_scale: "⚖️", heavy_minus_sign: "➖", heavy_plus_sign: "➕", exclamation: "❗",
  bangbang: "‼️", ghost: "👻", skull: "💀", crossed_fingers: "🤞", globe_with_meridians: "🌐", cyclone: "🌀",
  small_red_triangle_down: "🔻", small_red_triangle: "🔺", small_blue_diamond: "🔹", black_small_square: "▪️",
  white_small_square: "▫️", back: "🔙", grey_question: "❔", movie_camera: "🎥", no_entry_sign: "🚫", palm_tree: "🌴",
  pushpin: "📌", sunny: "☀️", writing_hand: "✍️",
};

const plain = (character) => character.replace("\uFE0F", "");
const NAMES = Object.fromEntries(Object.entries(CHARACTERS).map(([name, character]) => [plain(character), name]));
const DRAWN = Object.keys(NAMES).filter((character) => Object.hasOwn(ART, NAMES[character]));

/* Matches the emoji characters that have a picture, so that they look the same however the bot wrote them. */
export const DRAWN_CHARACTERS = new RegExp(`(?:${DRAWN.join("|")})\\uFE0F?`, "u");

export const isEmoji = (name) => Object.hasOwn(CHARACTERS, canonical(name));

const canonical = (name) => (Object.hasOwn(ALIASES, name) ? ALIASES[name] : name);

export function emojiNode(written) {
  const name = canonical(written);
  const label = `:${written}:`;
  if (Object.hasOwn(ART, name)) {
    const shapes = ART[name].map(([tag, attributes]) => svg(tag, attributes));
    return svg("svg.emoji", { viewBox: "0 0 20 20", role: "img", "aria-label": label }, svg("title", label), shapes);
  }
  if (Object.hasOwn(CHARACTERS, name)) return h("span.emoji-character", { title: label }, CHARACTERS[name]);
  return document.createTextNode(label);
}

export const emojiOfCharacter = (character) => emojiNode(NAMES[plain(character)]);
