/* What people have chosen and typed in blocks, in Slack's own shape (`state.values` and the payload of an action).
 *
 * A form belongs to one message or view and outlives the drawing of its blocks, so an edit does not wipe what was
 * typed. Keyed by block_id and action_id, as Slack does it: change either and the element starts afresh.
 */

/* type → [the payload's field, the element's field with its first value] */
const FIELDS = {
  plain_text_input: ["value", "initial_value"],
  email_text_input: ["value", "initial_value"],
  url_text_input: ["value", "initial_value"],
  number_input: ["value", "initial_value"],
  static_select: ["selected_option", "initial_option"],
  radio_buttons: ["selected_option", "initial_option"],
  checkboxes: ["selected_options", "initial_options"],
  multi_static_select: ["selected_options", "initial_options"],
  users_select: ["selected_user", "initial_user"],
  multi_users_select: ["selected_users", "initial_users"],
  channels_select: ["selected_channel", "initial_channel"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
};

export const fieldOf = (element) => FIELDS[element.type]?.[0];

const forms = new Map(); // "channel/ts" or view id → Form

export function formFor(key) {
  if (!forms.has(key)) forms.set(key, new Form());
  return forms.get(key);
}

export const forgetForm = (key) => forms.delete(key);

class Form {
  #values = new Map();

  read(block, element) {
    const [field, initial] = FIELDS[element.type];
    const path = `${block.block_id}/${element.action_id}`;
    if (this.#values.has(path)) return this.#values.get(path);
    const empty = field.endsWith("s") ? [] : null;
    return element[initial] ?? empty;
  }

  write(block, element, value) {
    this.#values.set(`${block.block_id}/${element.action_id}`, value);
  }

  payload(block, element) {
    return { type: element.type, [fieldOf(element)]: this.read(block, element) };
  }

  /* Slack's state.values over all elements that hold one. */
  values(blocks) {
    const values = {};
    for (const [block, element] of stateful(blocks))
      (values[block.block_id] ??= {})[element.action_id] = this.payload(block, element);
    return values;
  }

  /* What Slack's client refuses before it sends: {block_id: reason}. */
  problems(blocks) {
    const problems = {};
    for (const [block, element] of stateful(blocks)) {
      if (block.type !== "input") continue;
      const value = this.read(block, element);
      const empty = value === null || value === "" || (Array.isArray(value) && value.length === 0);
      if (empty && !block.optional) problems[block.block_id] = "Please complete this required field.";
      else if (!empty && value.length < (element.min_length ?? 0))
        problems[block.block_id] = `Please enter at least ${element.min_length} characters.`;
      else if (!empty && value.length > (element.max_length ?? Infinity))
        problems[block.block_id] = `Please enter at most ${element.max_length} characters.`;
    }
    return problems;
  }
}

function stateful(blocks) {
  const elements = {
    input: (block) => [block.element],
    section: (block) => [block.accessory],
    actions: (block) => block.elements,
  };
  return blocks.flatMap((block) =>
    (elements[block.type]?.(block) ?? []).filter((it) => it && fieldOf(it)).map((it) => [block, it]),
  );
}
