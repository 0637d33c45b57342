// The bundle's entry: a GitHub step's `main`, its `post`, or a command line.
import { isPost, runPost } from './adapters/github/post.ts';
import { main } from './main.ts';

if (isPost()) runPost();
else await main(process);
