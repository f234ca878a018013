// Makes src/catalog/logos.txt from the npm package simple-icons (CC0-1.0), in a directory where it is installed:
//   npm install simple-icons@16.37.0 && node PATH/tests/logos.mjs > PATH/src/catalog/logos.txt
//
// A row is listed here only if the icon is the provider's own mark (names alone mistake four: fathom, flat, globus, kit) and
// its entry names no licence and no guidelines, or a free licence, or guidelines that were read and allow the use:
// https://github.com/logos ("to inform others that your project integrates with GitHub").
// Read and against it: GitLab (the name only), Spotify (the full logo only). Not read, so left out: every other brand with
// guidelines. Never: Apple, Google with Fitbit and Looker, Microsoft, whose rules demand their own buttons.
// Paths of more than 4,000 characters are left out.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROWS = `
aircall airtable anilist auth0 authentik baidu basecamp battlenet=battledotnet binance bitly braintree brex buffer
cal-com=caldotcom campaignmonitor clerk click-up=clickup codeberg coinbase contentful coursera crowdin dailymotion datev
deviantart disqus docker dribbble dropbox ebay envato etsy faceit gitea gitee github grafana gumroad gusto hibob indeed
infomaniak justgiving kakao kick klarna lichess linear mailru=maildotru matrix meetup mendeley miro monzo myanimelist myob
notion odnoklassniki pushbullet railway sage sentry simkl simplelogin sketchfab soundcloud sourcehut square strava
streamlabs stripe supabase ticktick tidal tiktok todoist typeform unsplash untappd xero zalo zoho`;
const FREE = ["CC0-1.0"];
const READ = ["github"];

const root = join(process.cwd(), "node_modules", "simple-icons");
const entries = createRequire(join(root, "package.json"))("./data/simple-icons.json");
const lines = ROWS.trim().split(/\s+/).map((row) => {
  const [name, slug = name] = row.split("=");
  const entry = entries.find((entry) => entry.slug === slug);
  if (entry === undefined) throw new Error(`no icon ${slug}`);
  const isFree = entry.license === undefined || FREE.includes(entry.license.type);
  const isGuided = entry.guidelines !== undefined && entry.license === undefined && !READ.includes(name);
  if (!isFree || isGuided) throw new Error(`${slug} has a licence or guidelines`);
  const path = / d="([^"]+)"/.exec(readFileSync(join(root, "icons", `${slug}.svg`), "utf8"))[1];
  return `${name} ${path}`;
});
process.stdout.write(`# Logos of rows, each the path of a 24x24 drawing; made by tests/logos.mjs from Simple Icons 16.37.0 (CC0-1.0).
# The marks belong to their owners.
${lines.join("\n")}
`);
