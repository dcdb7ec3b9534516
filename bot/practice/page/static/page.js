// The page of the practice workspace. Everything is drawn by the server; here gestures become calls, and what changed
// is put in its place without disturbing what somebody is doing.
import { wireKeys } from "./keys.js";
import { watch } from "./live.js";
import { wireMenus } from "./menus.js";
import { wireModals } from "./modals.js";
import { wirePresses } from "./press.js";
import { wireComposers } from "./composer.js";
import { wirePlaces } from "./places.js";

wirePlaces();
wireMenus();
wirePresses();
wireModals();
wireComposers();
watch();
wireKeys();
