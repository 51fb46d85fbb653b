/* The pictures of the most used emoji, drawn on a 20 × 20 grid: a machine with no emoji font still shows them.
 *
 * A picture is a list of shapes, [SVG tag, attributes]. Families (balls, keys) share a function. One could forget:
 * the names are Slack's short names; aliases and everything without a picture live in emoji.js.
 */

const GREEN = "#2f9e63";
const RED = "#d3453d";
const AMBER = "#eba834";
const BLUE = "#3f86c6";
const PAPER = "#f6f7f4";
const INK = "#2d3a3c";

const path = (d, fill, more = {}) => ["path", { d, fill, ...more }];
const line = (d, stroke, width) => [
  "path",
  { d, fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" },
];
const circle = (cx, cy, r, fill) => ["circle", { cx, cy, r, fill }];
const box = (x, y, width, height, rx, fill) => ["rect", { x, y, width, height, rx, fill }];

const ball = (fill, rim) => [
  circle(10, 10, 8, rim),
  circle(10, 10, 7, fill),
  path("M5.6 7.2a5.4 5.4 0 0 1 4-2.7", "none", {
    stroke: "#fff",
    "stroke-opacity": ".5",
    "stroke-width": 1.4,
    "stroke-linecap": "round",
  }),
];
const key = (...shapes) => [box(1.5, 1.5, 17, 17, 4, BLUE), ...shapes];

export const ART = {
  white_check_mark: [box(1.5, 1.5, 17, 17, 4, GREEN), line("M5.6 10.4l3.1 3.1 5.9-6.6", "#fff", 2.3)],
  heavy_check_mark: [line("M3.6 10.8l4.2 4.2 8.6-9.8", GREEN, 2.8)],
  x: [line("M4.6 4.6l10.8 10.8M15.4 4.6L4.6 15.4", RED, 3.2)],
  warning: [
    path(
      "M10 2.2c.6 0 1.1.3 1.4.8l7 12.4c.6 1.1-.2 2.4-1.4 2.4H3c-1.2 0-2-1.3-1.4-2.4l7-12.4c.3-.5.8-.8 1.4-.8z",
      AMBER,
    ),
    line("M10 7.2v4.6", INK, 1.9),
    circle(10, 14.8, 1.15, INK),
  ],
  hourglass: [
    path(
      "M5.6 3.6h8.8c0 3.4-2 4.8-3.3 6.4 1.3 1.6 3.3 3 3.3 6.4H5.6c0-3.4 2-4.8 3.3-6.4C7.6 8.4 5.6 7 5.6 3.6z",
      "#cfe3ea",
    ),
    path(
      "M7.2 6h5.6c-.6 1.5-1.8 2.4-2.8 3.7C9 8.4 7.8 7.5 7.2 6zM10 12.3c1.5 1 2.9 1.9 3.2 4.1H6.8c.3-2.2 1.7-3.1 3.2-4.1z",
      AMBER,
    ),
    box(4, 1.8, 12, 2.1, 1, "#8a5a33"),
    box(4, 16.1, 12, 2.1, 1, "#8a5a33"),
  ],
  rocket: [
    path("M6 12.3l-3.4.5c.4-2.7 1.8-4.5 4.6-4.9zM7.7 14l-.5 3.4c2.7-.4 4.5-1.8 4.9-4.6z", RED),
    path("M3.2 16.8c0-1.8.6-3.2 1.9-3.6l1.7 1.7c-.4 1.3-1.8 1.9-3.6 1.9z", AMBER),
    path("M18 2c-4.6-.3-8.4 2-11.3 7.9l-.9 2.3 2 2 2.3-.9C16 10.4 18.3 6.6 18 2z", "#dfe6e8"),
    path("M18 2c-1.3-.1-2.6.1-3.8.5l3.3 3.3c.4-1.2.6-2.5.5-3.8z", RED),
    circle(12.4, 7.6, 1.7, BLUE),
  ],
  eyes: [
    ["ellipse", { cx: 5.7, cy: 10, rx: 4, ry: 5.6, fill: "#fff", stroke: "#5b6a6c", "stroke-width": 1 }],
    ["ellipse", { cx: 14.3, cy: 10, rx: 4, ry: 5.6, fill: "#fff", stroke: "#5b6a6c", "stroke-width": 1 }],
    ["ellipse", { cx: 4.5, cy: 11, rx: 1.7, ry: 2.4, fill: INK }],
    ["ellipse", { cx: 13.1, cy: 11, rx: 1.7, ry: 2.4, fill: INK }],
  ],
  baby_chick: [
    line("M8 16.5v2M12 16.5v2", "#c9762b", 1.3),
    circle(10, 11.6, 6, "#f5cf45"),
    circle(10, 6.6, 4.6, "#f8d95c"),
    path("M10 7.3l2 1-2 1.3-2-1.3z", "#e2822f"),
    circle(8.2, 6.2, 0.8, INK),
    circle(11.8, 6.2, 0.8, INK),
    path(
      "M4.3 11c1.6 0 2.4 1.3 2.3 3.2-1.5-.4-2.4-1.5-2.3-3.2zM15.7 11c-1.6 0-2.4 1.3-2.3 3.2 1.5-.4 2.4-1.5 2.3-3.2z",
      "#e6b52f",
    ),
  ],
  hatching_chick: [
    circle(10, 7.6, 5, "#f8d95c"),
    path("M10 8.2l1.9.9-1.9 1.2-1.9-1.2z", "#e2822f"),
    circle(8, 7, 0.8, INK),
    circle(12, 7, 0.8, INK),
    path("M3.6 11l2.1 1.5L7.9 11l2.1 1.5 2.1-1.5 2.2 1.5 2.1-1.5c.2 4.4-2.6 7.3-6.4 7.3S3.4 15.4 3.6 11z", "#f1ece0"),
  ],
  bird: [
    path(
      "M2 12.2C2 7.6 5.4 4.4 9.6 4.6c.8-1.8 3-2.7 4.9-1.8 1 .5 1.6 1.2 1.9 2L19 6.2l-2.4 1.1c.2 4.8-2.8 8.5-7.2 8.5H7.6l-4.8 2.4 1-3.6C2.7 14 2 13.2 2 12.2z",
      BLUE,
    ),
    path("M5 11.2c2.7-.6 5-.2 6.9 1.1-1.7 1.7-4.8 1.8-6.9-1.1z", "#2b659b"),
    circle(13.6, 5.8, 0.9, "#fff"),
    line("M9.6 15.8v2.4M12 15.3v2.4", "#c9762b", 1.1),
  ],
  large_green_circle: ball(GREEN, "#26844f"),
  large_yellow_circle: ball("#f0c43d", "#cfa423"),
  large_orange_circle: ball("#e88b35", "#c56f1f"),
  red_circle: ball(RED, "#b1342d"),
  large_blue_circle: ball(BLUE, "#2d6ba5"),
  white_circle: [circle(10, 10, 8, "#aab5b6"), circle(10, 10, 6.8, PAPER)],
  black_circle: [circle(10, 10, 8, "#6f7c7e"), circle(10, 10, 7.2, INK)],
  camera: [
    box(1.5, 5, 17, 11.5, 2.4, "#4a5560"),
    box(6.6, 2.8, 6.8, 4, 1.4, "#4a5560"),
    circle(10, 10.8, 4.1, "#cfe3ea"),
    circle(10, 10.8, 2.6, "#1f2a33"),
    circle(15.8, 7.4, 0.9, AMBER),
  ],
  bar_chart: [
    box(1.5, 1.5, 17, 17, 3, "#dfe6e8"),
    box(4.2, 9.5, 3, 6.5, 0.8, GREEN),
    box(8.5, 4.5, 3, 11.5, 0.8, RED),
    box(12.8, 7, 3, 9, 0.8, BLUE),
  ],
  chart_with_upwards_trend: [box(1.5, 1.5, 17, 17, 3, "#dfe6e8"), line("M4.3 14.3l3.7-4 2.8 2 5-6.3", RED, 1.8)],
  chart_with_downwards_trend: [box(1.5, 1.5, 17, 17, 3, "#dfe6e8"), line("M4.3 5.7l3.7 4 2.8-2 5 6.3", BLUE, 1.8)],
  lock: [
    line("M6.6 9V6.3a3.4 3.4 0 0 1 6.8 0V9", "#8b979a", 1.9),
    box(4, 8.6, 12, 9.4, 2.2, AMBER),
    circle(10, 12.6, 1.4, INK),
    line("M10 13v2", INK, 1.3),
  ],
  unlock: [
    line("M6.6 9V5.6a3.4 3.4 0 0 1 6.6-1", "#8b979a", 1.9),
    box(4, 8.6, 12, 9.4, 2.2, AMBER),
    circle(10, 12.6, 1.4, INK),
    line("M10 13v2", INK, 1.3),
  ],
  bell: [
    path(
      "M10 2c.9 0 1.5.6 1.5 1.4 2.5.6 4 2.6 4 5.3 0 3.1.7 4.6 2 5.8.3.3.1.9-.4.9H2.9c-.5 0-.7-.6-.4-.9 1.3-1.2 2-2.7 2-5.8 0-2.7 1.5-4.7 4-5.3C8.5 2.6 9.1 2 10 2z",
      AMBER,
    ),
    path("M7.8 16.2h4.4a2.2 2.2 0 0 1-4.4 0z", "#b77c1c"),
  ],
  memo: [
    box(2.5, 2, 13, 16, 2, PAPER),
    ["rect", { x: 2.5, y: 2, width: 13, height: 16, rx: 2, fill: "none", stroke: "#aab5b6", "stroke-width": 0.9 }],
    line("M5.3 6h7.4M5.3 9h6M5.3 12h3.6", "#93a1a3", 1.2),
    path("M17.3 6.9l1.5 1.5-7.2 7.2-2.2.7.7-2.2z", AMBER),
    path("M10.1 14.1l1.5 1.5-2.2.7z", INK),
  ],
  test_tube: [
    path("M12.3 2.8l4.9 4.9-8.8 8.8a3.46 3.46 0 0 1-4.9-4.9z", "#dcebef"),
    path("M6 9.2h7.9l-5.5 7.3a3.46 3.46 0 0 1-4.9-4.9z", GREEN),
    line("M11.3 1.9l6.8 6.8", "#8b979a", 1.8),
    circle(7.7, 12.3, 0.9, "#bfe6cf"),
    circle(9.6, 10.8, 0.6, "#bfe6cf"),
  ],
  tada: [
    path("M6.2 7.2l6.6 6.6-10 4.2c-.5.2-1-.3-.8-.8z", AMBER),
    path("M5.1 10l4.9 4.9-2.3 1-3.6-3.6zM3.6 13.6l2.8 2.8-2.3 1-1.5-1.5z", "#c9762b"),
    line("M11 8.6c1.2-1.4 1.5-3 .9-5M13 10.6c1.6-1.1 3.2-1.2 4.8-.3M12 9.5l4-4", "#7d6cc4", 1.4),
    circle(8, 3.3, 1.1, RED),
    circle(17.2, 3.3, 1.1, GREEN),
    circle(17, 14, 1.1, BLUE),
    circle(14.8, 7.8, 0.8, RED),
  ],
  no_entry: [circle(10, 10, 8.3, RED), box(4.5, 8.4, 11, 3.2, 0.8, "#fff")],
  octagonal_sign: [
    path("M6.6 1.8h6.8l4.8 4.8v6.8l-4.8 4.8H6.6l-4.8-4.8V6.6z", RED),
    box(5, 8.7, 10, 2.6, 0.6, "#fff"),
  ],
  speech_balloon: [
    path(
      "M10 2.8c4.7 0 8.2 2.7 8.2 6.4s-3.5 6.4-8.2 6.4c-.8 0-1.5-.1-2.2-.2L4 18l.4-3.9C2.8 12.9 1.8 11.2 1.8 9.2c0-3.7 3.5-6.4 8.2-6.4z",
      "#e9eef0",
      { stroke: "#8b979a", "stroke-width": 0.9 },
    ),
    circle(6.4, 9.2, 1.1, "#6f7c7e"),
    circle(10, 9.2, 1.1, "#6f7c7e"),
    circle(13.6, 9.2, 1.1, "#6f7c7e"),
  ],
  fire: [
    path(
      "M10.6 1.4c.6 3 4.9 4.6 4.9 9.6a5.5 5.7 0 0 1-11 .3c0-2.3 1.2-3.7 2-5 .4 1 .9 1.5 1.6 1.9-.3-2.6.6-5.2 2.5-6.8z",
      RED,
    ),
    path(
      "M10.2 9.2c.4 1.6 2.3 2.3 2.3 4.5a2.5 2.7 0 0 1-5 0c0-1.3.6-2 1.2-2.8.3.5.5.7.9.9-.1-1 .1-1.9.6-2.6z",
      AMBER,
    ),
  ],
  rotating_light: [
    path("M5 14V10a5 5 0 0 1 10 0v4z", RED),
    path("M7 13.6V10a3 3 0 0 1 2-2.8", "none", { stroke: "#ffc9c4", "stroke-width": 1.3, "stroke-linecap": "round" }),
    box(3.3, 14, 13.4, 3.6, 1.2, "#5b6a6c"),
    line("M10 1.5v1.2M2.6 4.6l1.2 1M17.4 4.6l-1.2 1", RED, 1.4),
  ],
  stopwatch: [
    box(8.6, 0.9, 2.8, 2.6, 0.6, "#8b979a"),
    circle(10, 11.2, 7.2, "#8b979a"),
    circle(10, 11.2, 5.6, PAPER),
    line("M10 11.2V7.4M10 11.2l2.2 1.4", RED, 1.3),
  ],
  package: [
    path("M10 1.8l7.8 3.6v9.2L10 18.2l-7.8-3.6V5.4z", "#c08a55"),
    path("M2.2 5.4L10 9v9.2l-7.8-3.6z", "#a87240"),
    path("M5.7 3.8l7.9 3.6v3l2-1V6.5L7.7 2.9z", "#e7cfa8"),
  ],
  mag: [
    line("M12.6 12.6l4.9 4.9", "#8a5a33", 2.8),
    circle(8, 8, 6.2, "#8b979a"),
    circle(8, 8, 4.7, "#d6e8ef"),
    line("M5.4 7.4a2.9 2.9 0 0 1 2-1.9", "#fff", 1.2),
  ],
  information_source: key(circle(10, 5.8, 1.3, "#fff"), line("M10 9.4v5.2", "#fff", 2.3)),
  question: [
    line("M6.6 6.6c.2-2 1.5-3.2 3.5-3.2 2.1 0 3.5 1.2 3.5 3 0 2.7-3.5 2.8-3.5 5.6", RED, 2.5),
    circle(10.1, 16.3, 1.6, RED),
  ],
  thumbsup: [
    box(1.8, 8.6, 3.6, 8.8, 1, "#c9a227"),
    path(
      "M6.4 9l3.2-6.5c1.7-.1 2.5 1.1 2.2 2.8l-.5 2.5h5c1.2 0 2 1 1.7 2.2l-1.4 5.8c-.2.9-1 1.5-1.9 1.5H8.6l-2.2-1z",
      "#f0c43d",
    ),
  ],
  thumbsdown: [
    box(1.8, 2.6, 3.6, 8.8, 1, "#c9a227"),
    path(
      "M6.4 11l3.2 6.5c1.7.1 2.5-1.1 2.2-2.8l-.5-2.5h5c1.2 0 2-1 1.7-2.2L16.6 4.2c-.2-.9-1-1.5-1.9-1.5H8.6l-2.2 1z",
      "#f0c43d",
    ),
  ],
  pager: [
    box(1.5, 5, 17, 10.5, 2.2, INK),
    box(3.6, 7, 8.4, 4, 0.8, "#a9d6b4"),
    line("M5 9h3.4", "#2f6b45", 1.2),
    circle(14.2, 9, 1.1, AMBER),
    circle(16.6, 9, 1.1, RED),
    line("M4.4 13.3h5.6", "#6f7c7e", 1.2),
  ],
  balance_scale: [
    line("M10 3v13.5M4 5.8l12-1.6", "#8b979a", 1.5),
    path("M5.6 16h8.8v1.8H5.6z", "#8b979a"),
    circle(10, 3.2, 1.5, AMBER),
    line("M4 5.8L1.8 11M4 5.8L6.2 11M16 4.2l-2.2 5.2M16 4.2l2.2 5.2", "#8b979a", 0.8),
    path("M1 11h6a3 3 0 0 1-6 0zM13 9.4h6a3 3 0 0 1-6 0z", AMBER),
  ],
  alarm_clock: [
    line("M5 16l-1.6 2M15 16l1.6 2", "#8b979a", 1.8),
    circle(4.6, 4.6, 2.6, RED),
    circle(15.4, 4.6, 2.6, RED),
    circle(10, 10.8, 7.2, RED),
    circle(10, 10.8, 5.5, PAPER),
    line("M10 7.2v3.6l2.6 1.5", INK, 1.4),
  ],
  raised_hand: [
    path(
      "M6 10.6V4.8c0-1.5 2-1.5 2 0V3.3c0-1.5 2-1.5 2 0v.9c0-1.5 2-1.5 2 0v1.6c0-1.4 1.9-1.4 1.9 0v6.5c0 3.5-1.9 5.9-4.9 5.9-2.4 0-3.8-1.3-4.9-3.5L2.5 11.2c-.7-1.4 1-2.4 2-1.2z",
      "#f0c43d",
    ),
  ],
  back: key(line("M15 8.2H5.2M8.6 4.6L5 8.2l3.6 3.6", "#fff", 2.1), line("M5.4 15.2h9.4", "#fff", 1.7)),
  grey_question: [
    line("M6.6 6.6c.2-2 1.5-3.2 3.5-3.2 2.1 0 3.5 1.2 3.5 3 0 2.7-3.5 2.8-3.5 5.6", "#93a1a3", 2.5),
    circle(10.1, 16.3, 1.6, "#93a1a3"),
  ],
  movie_camera: [
    circle(6, 5.4, 3, "#4a5560"),
    circle(11.6, 5, 3.4, "#4a5560"),
    circle(6, 5.4, 1.1, "#cfe3ea"),
    circle(11.6, 5, 1.3, "#cfe3ea"),
    box(2, 8.4, 11.6, 9, 1.8, "#4a5560"),
    path("M14 11.6l4.4-2.6v7.8L14 14.2z", "#6f7c7e"),
    circle(5, 11.2, 1, RED),
  ],
  no_entry_sign: [circle(10, 10, 8.3, RED), circle(10, 10, 5.9, "#fff"), line("M5.2 5.2l9.6 9.6", RED, 2.4)],
  palm_tree: [
    path("M9.6 8.4c1.5 2.9 1.9 6 1.3 9.6H8.2c.8-3.4.9-6.4.2-9.2z", "#a87240"),
    path(
      "M9.6 8.2C7.6 5.6 4.8 5.2 1.8 7.2c2.6-.6 4.8-.2 7.8 1zM9.6 8.2c2-2.6 4.8-3 7.8-1-2.6-.6-4.8-.2-7.8 1z",
      GREEN,
    ),
    path(
      "M9.6 8.2C8.8 5 6.8 3 3.8 3c2.4 1 4 2.6 5.8 5.2zM9.6 8.2c.6-3.2 2.6-5.2 5.6-5.2-2.4 1-3.8 2.6-5.6 5.2z",
      "#26844f",
    ),
    path("M9.6 8c-3 .2-5 1.8-5.6 4.6 1.4-2.2 3-3.6 5.6-4.6zM9.6 8c3 .2 5 1.8 5.6 4.6-1.4-2.2-3-3.6-5.6-4.6z", GREEN),
  ],
  pushpin: [
    line("M8.2 11.8L3 17", "#8b979a", 1.6),
    path(
      "M11.4 2.4l6.2 6.2c-1.4 1-2.6 1-3.6.6l-2.4 2.4c.6 1.6.4 3-.8 4.2L4.2 9.2c1.2-1.2 2.6-1.4 4.2-.8L10.8 6c-.4-1-.4-2.2.6-3.6z",
      RED,
    ),
  ],
  sunny: [
    circle(10, 10, 4.4, "#f0c43d"),
    line(
      "M10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M4.2 15.8l1.4-1.4M14.4 5.6l1.4-1.4",
      AMBER,
      1.7,
    ),
  ],
  writing_hand: [
    path(
      "M2 12.4c1.4-2.8 3.6-4.4 6.4-4.4l3.4 1.2c1.4.6 1 2.4-.4 2.2l-2-.2 2.6 1.6c1 .8.4 2.2-.8 1.8l-.6-.2c.2 1.4-.8 2.2-2.2 2.2H2z",
      "#f0c43d",
    ),
    line("M17.4 2.6L9.8 13", "#4a5560", 1.8),
    line("M9.8 13l-.8 2.2", AMBER, 1.4),
    line("M9 17.6h8.6", "#93a1a3", 1.2),
  ],
  snowflake: [
    line("M10 1.8v16.4M2.9 5.9l14.2 8.2M17.1 5.9L2.9 14.1", BLUE, 1.5),
    line(
      "M8 3.2l2 1.8 2-1.8M8 16.8l2-1.8 2 1.8M3 8.4l2.6-.8L5 5M15 5l-.6 2.6 2.6.8M3 11.6l2.6.8L5 15M15 15l-.6-2.6 2.6-.8",
      BLUE,
      1.1,
    ),
  ],
  page_facing_up: [
    path("M4 2.4h8.4L16 6v11.6H4z", PAPER, { stroke: "#aab5b6", "stroke-width": 0.9 }),
    path("M12.4 2.4V6H16z", "#cfd8da"),
    line("M6.6 8.4h6.8M6.6 11.2h6.8M6.6 14h4.4", "#93a1a3", 1.2),
  ],
  clipboard: [
    box(3.4, 3, 13.2, 15.4, 1.8, "#a87240"),
    box(5.2, 5.2, 9.6, 11.4, 0.8, PAPER),
    box(7.2, 1.6, 5.6, 3.4, 1.2, "#8b979a"),
    line("M7.2 8.6h5.6M7.2 11.2h5.6M7.2 13.8h3.4", "#93a1a3", 1.1),
  ],
  rewind: key(path("M10 5.4v9.2L4.2 10zM15.8 5.4v9.2L10 10z", "#fff")),
  fast_forward: key(path("M10 5.4v9.2l5.8-4.6zM4.2 5.4v9.2L10 10z", "#fff")),
  arrow_forward: key(path("M6.8 5v10l8.2-5z", "#fff")),
  pause_button: key(box(5.8, 5.2, 3, 9.6, 0.8, "#fff"), box(11.2, 5.2, 3, 9.6, 0.8, "#fff")),
  black_square_for_stop: key(box(5.6, 5.6, 8.8, 8.8, 1, "#fff")),
  arrow_right: key(line("M4.8 10h10M10.8 5.8L15 10l-4.2 4.2", "#fff", 2.1)),
  arrow_left: key(line("M15.2 10h-10M9.2 5.8L5 10l4.2 4.2", "#fff", 2.1)),
  arrow_up: key(line("M10 15.2v-10M5.8 9.2L10 5l4.2 4.2", "#fff", 2.1)),
  arrow_down: key(line("M10 4.8v10M5.8 10.8L10 15l4.2-4.2", "#fff", 2.1)),
  leftwards_arrow_with_hook: key(line("M8 4.6L4.8 7.8 8 11M5 7.8h6.6a3.3 3.3 0 0 1 0 6.6H8.4", "#fff", 1.9)),
  arrows_counterclockwise: key(
    line("M14.8 8.6A5 5 0 0 0 5.7 7.4M5.3 4.6v3h3M5.2 11.4a5 5 0 0 0 9.1 1.2M14.7 15.4v-3h-3", "#fff", 1.7),
  ),
};
