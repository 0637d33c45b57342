// Gate settings for tests: the documented defaults, changed where a test says so.
export { gateSettings as settingsWith } from './config.ts';
